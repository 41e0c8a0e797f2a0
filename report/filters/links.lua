-- Links to the notebooks that made a number, and the menu of files beside the report. Only the
-- HTML has them: the other formats travel without the folder they were made in.

package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. "/?.lua;" .. package.path
local sources = require("sources")
local words = require("words")

local function element(name, attributes, content)
  local words = {}
  for _, pair in ipairs(attributes) do
    words[#words + 1] = string.format(' %s="%s"', pair[1], sources.escaped(pair[2]))
  end
  return "<" .. name .. table.concat(words) .. ">" .. content .. "</" .. name .. ">"
end

local function computed(span)
  if not span.classes:includes("computed") then return nil end
  if not FORMAT:match("^html") then return span.content end
  local said = words["Computed in notebook"] .. " " .. span.attributes.notebook
  local mark = element("a", {
    { "class", "source" }, { "href", sources.place(span.attributes.page) }, { "title", said },
    { "aria-label", said },
  }, "")
  local content = pandoc.Inlines(span.content)
  content:insert(pandoc.RawInline("html", "\u{2060}" .. mark))
  return pandoc.Span(content, pandoc.Attr("", { "computed" }))
end

-- "P = 0.05", "P value" and "95% CI" are not broken over two lines.
local function whole(inlines)
  local function space(i) return inlines[i] and inlines[i].t == "Space" end
  for i = 1, #inlines - 2 do
    local first, next_word = inlines[i], inlines[i + 2]
    local text = space(i + 1) and next_word.t == "Str" and next_word.text or ""
    local p = first.t == "Emph" and pandoc.utils.stringify(first) == "P"
    local limits = first.t == "Str" and first.text:match("%d%%$") and text:match("^CI%f[%W]")
    if limits or p and (text:match("^values?%f[%W]") or text:match("^[=<]$")) then
      inlines[i + 1] = pandoc.Str("\u{a0}")
      if p and #text == 1 and space(i + 3) then inlines[i + 3] = pandoc.Str("\u{a0}") end
    end
  end
  return inlines
end

local function file_links(files)
  local links = {}
  for _, file in ipairs(files) do
    links[#links + 1] = element("a", { { "href", sources.place(file[2]) }, { "download", "" } },
      sources.escaped(words[file[1]]))
  end
  return table.concat(links, " ")
end

local function menu(links)
  local rows = {}
  for _, label in ipairs(links.order) do
    local float = links.floats[label]
    rows[#rows + 1] = "<li>" .. element("a", { { "href", "#" .. label } },
      sources.escaped(sources.named(float.name))) .. " <span>" .. file_links(float.files) .. "</span></li>"
  end
  for _, file in ipairs(links.files) do rows[#rows + 1] = "<li>" .. file_links({ file }) .. "</li>" end
  local pages = {}
  for _, page in ipairs(links.notebooks) do
    pages[#pages + 1] = "<li>" .. element("a", { { "href", sources.place(page[2]) } }, sources.escaped(page[1]))
      .. "</li>"
  end
  return '<details class="files"><summary>' .. words["Figures and tables as files"]
    .. "</summary><ul>" .. table.concat(rows, "\n") .. "</ul></details>\n"
    .. '<details class="files"><summary>' .. words.Notebooks .. '</summary><ul>' .. table.concat(pages, "\n")
    .. "</ul></details>"
end

-- In the contents of our page, and in the margin of Quarto's.
local function with_menu(doc)
  local links = sources.links()
  if not links or not FORMAT:match("^html") then return nil end
  local blocks = pandoc.Blocks({ pandoc.RawBlock("html", menu(links)) })
  if quarto then
    doc.blocks:insert(1, pandoc.Div(blocks, pandoc.Attr("", { "column-margin" })))
  else
    doc.meta.downloads = pandoc.MetaBlocks(blocks)
  end
  return doc
end

return { { Span = computed, Pandoc = with_menu, Inlines = whole } }
