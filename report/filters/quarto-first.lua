-- For real Quarto only, before it reads the document. Tables for PDF, DOCX and LaTeX are parsed here,
-- in one call of pandoc's: Quarto would start a program for each of them to inline styles that they
-- lack. Notes in LaTeX are set by any class and font: Quarto's boxes need packages and icons that a
-- journal has no place for.

local OURS = FORMAT:match("typst") or FORMAT:match("docx") or FORMAT:match("latex")
if not OURS then return {} end

local layout = require("layout")

local function RawBlock(block)
  if block.format == "html" and block.text:match("^%s*<table[%s>]") then
    return pandoc.read(block.text, "html").blocks
  end
end

local function Div(div)
  local kind
  for _, class in ipairs(div.classes) do kind = kind or class:match("^callout%-(%a+)$") end
  if not kind then return nil end
  local title, content = div.attributes.title, div.content
  if not title and content[1] and content[1].t == "Header" then
    title = content[1].content
    content:remove(1)
  end
  return layout.callout(kind, title, content)
end

return { { RawBlock = RawBlock, Div = FORMAT:match("latex") and Div or nil } }
