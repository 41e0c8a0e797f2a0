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

return { { RawBlock = RawBlock, Div = FORMAT:match("latex") and layout.callout_of or nil } }
