-- Links to the notebooks that made a number, and the menu of files beside the report. Only the
-- HTML has them: the other formats travel without the folder they were made in.

package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. "/?.lua;" .. package.path
local sources = require("sources")

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
  local said = "Computed in notebook " .. span.attributes.notebook
  local mark = element("a", {
    { "class", "source" }, { "href", span.attributes.page }, { "title", said },
    { "aria-label", said },
  }, "")
  local content = pandoc.Inlines(span.content)
  content:insert(pandoc.RawInline("html", "\u{2060}" .. mark))
  return pandoc.Span(content, pandoc.Attr("", { "computed" }))
end

-- "P = 0.05" is not broken over two lines.
local function whole_p(inlines)
  for i = 1, #inlines - 3 do
    local p, sign = inlines[i], inlines[i + 2]
    if p.t == "Emph" and pandoc.utils.stringify(p) == "P" and sign.t == "Str" and sign.text:match("^[=<]$")
      and inlines[i + 1].t == "Space" and inlines[i + 3].t == "Space" then
      inlines[i + 1], inlines[i + 3] = pandoc.Str("\u{a0}"), pandoc.Str("\u{a0}")
    end
  end
  return inlines
end

local function file_links(files)
  local links = {}
  for _, file in ipairs(files) do
    links[#links + 1] = element("a", { { "href", file[2] }, { "download", "" } },
      sources.escaped(file[1]))
  end
  return table.concat(links, " ")
end

local function menu(links)
  local rows = {}
  for _, label in ipairs(links.order) do
    local float = links.floats[label]
    rows[#rows + 1] = "<li>" .. element("a", { { "href", "#" .. label } },
      sources.escaped(float.name)) .. " <span>" .. file_links(float.files) .. "</span></li>"
  end
  for _, file in ipairs(links.files) do rows[#rows + 1] = "<li>" .. file_links({ file }) .. "</li>" end
  local pages = {}
  for _, page in ipairs(links.notebooks) do
    pages[#pages + 1] = "<li>" .. element("a", { { "href", page[2] } }, sources.escaped(page[1]))
      .. "</li>"
  end
  return '<details class="files"><summary>Figures and tables as files</summary><ul>'
    .. table.concat(rows, "\n") .. "</ul></details>\n"
    .. '<details class="files"><summary>Notebooks</summary><ul>' .. table.concat(pages, "\n")
    .. "</ul></details>"
end

local function with_menu(meta)
  local links = sources.links()
  if not links or not FORMAT:match("^html") then return nil end
  meta.downloads = pandoc.MetaBlocks({ pandoc.RawBlock("html", menu(links)) })
  return meta
end

return { { Span = computed, Meta = with_menu, Inlines = whole_p } }
