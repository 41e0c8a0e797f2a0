-- For real Quarto only: floats and callouts as the built-in renderer has them. Quarto would wrap
-- every float of a DOCX in a table of one cell, which centres all that is in it, and give Word an
-- SVG, which is blank in some programs: the PNG beside the report copy is taken instead.

local layout = require("layout")
local PICTURES = "../_generated/notebooks/pictures/"
local NAMES = { fig = "Figure", tbl = "Table" }

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

local function caption_of(float)
  local kind = float.identifier:sub(1, 3)
  local title = NAMES[kind] .. "\u{a0}" .. tostring(float.order.order) .. "."
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
      local png = PICTURES .. float.identifier .. ".png"
      if FORMAT:match("docx") and exists(png) then image.src = png end
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

-- Typst numbers figures and their references itself; a mark inside tells the page of a float.
local function marked(float)
  local mark = pandoc.RawBlock("typst", "#metadata(none) <at-" .. float.identifier .. ">")
  local content = pandoc.Blocks({ mark })
  content:extend(quarto.utils.as_blocks(float.content))
  float.content = content
  return float
end

if FORMAT:match("typst") then
  return { { FloatRefTarget = marked, Callout = Callout, Div = Div } }
end
return { { FloatRefTarget = FloatRefTarget, Callout = Callout, Div = Div } }
