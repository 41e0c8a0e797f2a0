-- The part of Quarto's language that this report uses, for the built-in renderer: values, embedded
-- outputs of notebooks, cross-references, section numbers, callouts. What is embedded was written
-- by code from data; it enters as finished blocks and is never searched for shortcodes.

package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. "/?.lua;" .. package.path
local citations = require("citations")
local layout = require("layout")
local origins = require("origins")
local words = require("words")

local KINDS = { fig = words.Figure, tbl = words.Table, sec = words.Section }
local NBSP = "\u{a0}"
local material = {}
local numbers = {}

local function inlines_of(markdown)
  local blocks = pandoc.read(markdown, "markdown").blocks
  return pandoc.utils.blocks_to_inlines(blocks)
end

-- Values and embeds ---------------------------------------------------------------------------

local function value(span)
  local key = span.attributes.key
  if span.classes:includes("source-mark") then
    if not origins.kept then return {} end
  elseif span.classes:includes("shortcode-var") then
    local found = inlines_of(material.variables[key] or ("?var:" .. key))
    return origins.of(found, "value", "{{< var " .. key .. " >}}")
  elseif span.classes:includes("shortcode-meta") then
    local found = material.meta[key]
    found = inlines_of(found and pandoc.utils.stringify(found) or ("?meta:" .. key))
    return origins.of(found, "value", "{{< meta " .. key .. " >}}")
  end
end

-- An embedded output, still as Markdown inside, so that its caption is cross-referenced and cited.
local function embed(div)
  if not div.classes:includes("shortcode-embed") then return nil end
  local label = div.attributes.label
  local caption = pandoc.Div({ pandoc.Plain(inlines_of(material.cells[label].caption)) })
  return pandoc.Div({ caption }, pandoc.Attr(label, { "report-float" }))
end

local function without_emptied(blocks)
  return blocks:filter(function(block)
    return not ((block.t == "Para" or block.t == "Plain")
      and pandoc.utils.stringify(block):match("^%s*$")
      and not block.content:find_if(function(x) return x.t == "Image" or x.t == "RawInline" end))
  end)
end

-- Numbers and references ----------------------------------------------------------------------

local function number_all(doc)
  local counts, levels = { fig = 0, tbl = 0 }, {}
  local numbered = pandoc.utils.stringify(doc.meta["number-sections"] or "false") == "true"
  doc:walk({
    traverse = "topdown",
    Header = function(header)
      if header.classes:includes("unnumbered") then return nil end
      levels[header.level] = (levels[header.level] or 0) + 1
      for level = header.level + 1, 6 do levels[level] = 0 end
      local parts = {}
      for level = 1, header.level do parts[level] = tostring(levels[level] or 0) end
      numbers[header.identifier] = numbered and table.concat(parts, ".")
        or pandoc.utils.stringify(header)
    end,
    Div = function(div)
      if not div.classes:includes("report-float") then return nil end
      local kind = div.identifier:sub(1, 3)
      counts[kind] = counts[kind] + 1
      numbers[div.identifier] = tostring(counts[kind])
    end,
  })
end

local function reference(citation)
  local kind = KINDS[citation.id:match("^(%a+)%-") or ""]
  local number = numbers[citation.id]
  if not kind then return nil end
  if not number then return pandoc.Str("?@" .. citation.id) end
  local text = citation.mode == "SuppressAuthor" and number or kind .. NBSP .. number
  -- in the PDF a float lies where the mark inside it does
  local mark = FORMAT:match("typst") and kind ~= KINDS.sec and "at-" or ""
  return pandoc.Link(text, "#" .. mark .. citation.id, "", pandoc.Attr("", { "cross-ref" }))
end

local function references(cite)
  local found = pandoc.Inlines({})
  for i, citation in ipairs(cite.citations) do
    local link = reference(citation)
    if not link then return nil end
    if i > 1 then found:extend({ pandoc.Str(","), pandoc.Space() }) end
    found:extend(citation.prefix)
    if #citation.prefix > 0 then found:insert(pandoc.Space()) end
    found:insert(link)
    found:extend(citation.suffix)
  end
  return origins.of(found, "reference", origins.cited(cite))
end

-- Floats and callouts --------------------------------------------------------------------------

local function caption_of(div)
  local label = div.identifier
  local title = KINDS[label:sub(1, 3)] .. NBSP .. numbers[label] .. words["."]
  local inlines = pandoc.Inlines({ pandoc.Strong({ pandoc.Str(title) }), pandoc.Space() })
  inlines:extend(pandoc.utils.blocks_to_inlines(div.content))
  return inlines
end

local function float(div)
  if not div.classes:includes("report-float") then return nil end
  local cell = material.cells[div.identifier]
  local content
  if not cell.html then
    local attr = pandoc.Attr("", {}, { width = cell.width_cm .. "cm" })
    content = pandoc.Plain({ pandoc.Image({ pandoc.Str(cell.alt) }, cell.image, "", attr) })
  elseif FORMAT:match("html") then
    content = pandoc.RawBlock("html", cell.html)
  else
    content = pandoc.read(cell.html, "html").blocks[1]
  end
  return layout.float(div.identifier, content, caption_of(div)), false
end

-- Page breaks ---------------------------------------------------------------------------------

local BREAKS = {
  typst = "#pagebreak(weak: true)",
  docx = '<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/></w:pPr>'
    .. '<w:r><w:br w:type="page"/></w:r></w:p>',
}

local function pagebreak(div)
  if not div.classes:includes("shortcode-pagebreak") then return nil end
  if FORMAT == "docx" then return pandoc.RawBlock("openxml", BREAKS.docx) end
  return pandoc.RawBlock(FORMAT, BREAKS[FORMAT] or '<div class="page-break"></div>')
end

function Pandoc(doc)
  local path = pandoc.utils.stringify(doc.meta["report-material"])
  local file = assert(io.open(path, "r"))
  material = pandoc.json.decode(file:read("a"), false)
  file:close()
  material.meta = doc.meta
  doc.meta["report-material"] = nil
  doc = doc:walk({ Span = value, Div = embed }):walk({ Blocks = without_emptied })
  number_all(doc)
  doc = doc:walk({ Cite = references })
  doc = citations.set(doc)
  doc = origins.written(doc)
  return doc:walk({ Div = layout.callout_of }):walk({ Div = pagebreak }):walk({ Div = float })
end
