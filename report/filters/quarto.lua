-- For real Quarto only: floats and callouts of HTML, PDF and DOCX as the built-in renderer has them.
-- Quarto would wrap every float of a DOCX in a table of one cell, which centres all that is in it,
-- and give Word an SVG, which is blank in some programs: the PNG beside the report copy is taken
-- instead, for PDF the SVG there, in which words are text, and for LaTeX the PDF. Other formats are
-- left to Quarto, and of HTML all but the floats.

local layout = require("layout")
local words = require("words")
local PICTURES = "../_generated/notebooks/pictures/"
-- A figure is wide, or as wide as our page, from so many pixels on, of 96 to the inch.
local WIDE, PAGE_WIDE = 400, 640
local NAMES = { fig = words.Figure, tbl = words.Table }

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

-- The picture of a float for one format, where there is such a file.
local function picture(float, format, ending)
  local path = PICTURES .. float.identifier .. ending
  return FORMAT:match(format) and exists(path) and path or nil
end

local function caption_of(float)
  local kind = float.identifier:sub(1, 3)
  local title = NAMES[kind] .. "\u{a0}" .. tostring(float.order.order) .. words["."]
  local inlines = pandoc.Inlines({ pandoc.Strong({ pandoc.Str(title) }), pandoc.Space() })
  inlines:extend(quarto.utils.as_inlines(float.caption_long))
  return inlines
end

-- The table or image of a float, without the divs that cells are wrapped in.
local function content_of(float)
  local found
  quarto.utils.as_blocks(float.content):walk({
    Table = function(tbl) found = found or tbl end,
    Image = function(image)
      found = found or pandoc.Plain({ image })
    end,
  })
  return found
end

local function with_alt(content, float)
  return pandoc.Blocks({ content }):walk({
    Image = function(image)
      image.src = picture(float, "docx", ".png") or image.src
      local alt = image.attributes["fig-alt"] or image.attributes.alt
        or float.attributes["fig-alt"]
      if alt then image.caption = pandoc.Inlines(alt) end
      image.attributes["fig-alt"], image.attributes.alt = nil, nil
      image.classes = pandoc.List({})
      return image
    end,
  })[1]
end

local function FloatRefTarget(float)
  local content = NAMES[float.identifier:sub(1, 3)] and float.order and content_of(float)
  if not content then return nil end
  return layout.float(float.identifier, with_alt(content, float), caption_of(float))
end

local function Callout(callout)
  local title = callout.title and quarto.utils.as_inlines(callout.title)
  if title and #title == 0 then title = nil end
  return layout.callout(callout.type, title, quarto.utils.as_blocks(callout.content))
end

-- Quarto notes the notebook's full path on this machine in the document.
local function Div(div)
  if div.classes:includes("quarto-embed-nb-cell") then return div.content end
end

-- What the filters write stands behind the template, whoever's it is.
local function with_parts(name)
  return function(meta)
    local file = assert(io.open("templates/" .. name, "r"))
    quarto.doc.include_text("in-header", file:read("a"))
    file:close()
    return meta
  end
end

-- An image of at least some width fills the line, however wide a journal's is.
local function in_line(image, least)
  local width = tonumber((image.attributes.width or ""):match("^[%d.]+"))
  if width and width >= least then image.attributes.width = "100%" end
  return image
end

-- LaTeX reads no SVG, and Quarto stops where there is no rsvg-convert to make it a PDF. The PDF that
-- the build drew takes its place, beside it, so that it goes where the document goes; where there is
-- none, the PNG.
local function printable(image, float)
  local file = picture(float, "latex", ".pdf") or picture(float, "latex", ".png")
  local place, count = image.src:gsub("%.svg$", (file or ""):match("%.%w+$") or ".svg")
  if file and count > 0 then
    local from, to = assert(io.open(file, "rb")), assert(io.open(place, "wb"))
    to:write(from:read("a"))
    from:close()
    to:close()
    image.src = place
  end
  return in_line(image, WIDE)
end

local function LatexFloat(float)
  local content = float.identifier:sub(1, 4) == "tbl-" and content_of(float)
  if content and content.t == "Table" then
    content.identifier = float.identifier
    content.caption.long = quarto.utils.as_blocks(float.caption_long)
    return content
  end
  float.content = quarto.utils.as_blocks(float.content):walk({
    Image = function(image) return printable(image, float) end,
  })
  return float
end

-- What is said of a picture to those who do not see it stays a plain text.
local function whole(image) return image, false end

if FORMAT:match("latex") then
  return {
    { Meta = with_parts("latex-parts.tex"), FloatRefTarget = LatexFloat, Div = Div },
    { traverse = "topdown", Image = whole, Str = require("latex").letters },
  }
end
-- Typst numbers figures and their references itself; a mark inside tells the page of a float.
local function marked(float)
  local mark = pandoc.RawBlock("typst", "#metadata(none) <at-" .. float.identifier .. ">")
  local content = pandoc.Blocks({ mark })
  content:extend(quarto.utils.as_blocks(float.content):walk({
    Image = function(image)
      image.src = picture(float, "typst", ".svg") or image.src
      return in_line(image, PAGE_WIDE)
    end,
  }))
  float.content = content
  return float
end

if FORMAT:match("typst") then
  return { { Meta = with_parts("typst-parts.typ"), FloatRefTarget = marked, Callout = Callout, Div = Div } }
end
-- "1. Methods" is that of Quarto; here the number has Word's style for it, and a tab.
local function with_tab(header)
  local number = header.attributes.number
  if not number or pandoc.utils.stringify(header.content[1]) ~= number then return nil end
  header.content:remove(1)
  header.content[1] = pandoc.RawInline("openxml", '<w:r><w:rPr><w:rStyle w:val="SectionNumber"/>'
    .. "</w:rPr><w:t>" .. number .. "</w:t></w:r><w:r><w:tab/></w:r>")
  return header
end

if FORMAT:match("docx") then
  return { { FloatRefTarget = FloatRefTarget, Callout = Callout, Div = Div, Header = with_tab } }
end
-- What Quarto's page lacks: the styles of floats, a way past the contents, a name for the abstract.
local function with_page(meta)
  quarto.doc.add_html_dependency({
    name = "report-floats", version = "1", stylesheets = { "../templates/floats.css" },
  })
  quarto.doc.include_text("before-body", '<a class="visually-hidden-focusable" href='
    .. '"#quarto-document-content">' .. words["Skip to the report"] .. "</a>")
  if meta.abstract then
    local named = pandoc.Div(quarto.utils.as_blocks(meta.abstract), pandoc.Attr("sec-abstract"))
    meta.abstract = pandoc.MetaBlocks({ named })
  end
  return meta
end

if FORMAT:match("^html") then
  return { { Meta = with_page, FloatRefTarget = FloatRefTarget, Div = Div } }
end

-- What pandoc numbers in these formats; elsewhere references would name numbers that are nowhere.
local NUMBERED = { "latex", "beamer", "context", "revealjs", "epub", "ms", "odt" }

local function with_numbers(doc)
  local levels = {}
  local numbers = PANDOC_WRITER_OPTIONS.number_sections
  for _, format in ipairs(NUMBERED) do numbers = numbers and not FORMAT:match("^" .. format) end
  return numbers and doc:walk({
    traverse = "topdown",
    Header = function(header)
      if header.classes:includes("unnumbered") then return nil end
      levels[header.level] = (levels[header.level] or 0) + 1
      for level = header.level + 1, 6 do levels[level] = 0 end
      local parts = {}
      for level = 1, header.level do parts[level] = tostring(levels[level] or 0) end
      header.content:insert(1, pandoc.Space())
      header.content:insert(1, pandoc.Str(table.concat(parts, ".")))
      return header, false
    end,
  }) or nil
end

-- Only our templates have a place for the abstract that can be named.
local function without_abstract(link)
  if link.target == "#sec-abstract" then return link.content end
end

return { { Div = Div, Link = without_abstract }, { Pandoc = with_numbers } }
