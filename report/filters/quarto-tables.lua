-- For real Quarto only, before it reads the document: tables for PDF and DOCX are parsed here, in one
-- call of pandoc's. Quarto would start a program for each of them to inline styles that they lack.

if not (FORMAT:match("typst") or FORMAT:match("docx")) then return {} end

function RawBlock(block)
  if block.format == "html" and block.text:match("^%s*<table[%s>]") then
    return pandoc.read(block.text, "html").blocks
  end
end
