-- Tables of the report in PDF and DOCX, the same from Quarto and from the built-in renderer, and in
-- LaTeX those that `quarto.lua` gave a label.
-- HTML keeps its semantic table as it is. What a table holds is data: it is written as text only.

package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. "/?.lua;" .. package.path
local latex = require("latex")
local rows = require("rows")
local words = require("words")

local NBSP = "\u{a0}"

local function typst_of(blocks)
  local text = pandoc.write(pandoc.Pandoc(blocks), "typst", { wrap_text = "none" })
  return (text:gsub("%s+$", ""))
end

local ALIGN = { AlignLeft = "left", AlignCenter = "center", AlignRight = "right" }

-- A place in the report that a cell names, with its page where there are pages. The page is a field
-- in Word, which finds it when the fields are updated.
local function with_page(link)
  local before, after = words["(p. …)"]:gsub(" ", NBSP):match("^(.*)…(.*)$")
  local label = link.target:match("^#([%w-]+)$")
  if not link.classes:includes("place") or not label then return nil end
  if FORMAT:match("typst") then
    return pandoc.RawInline("typst", string.format(
      '#report-place(<%s>, ("%s", "%s"))[%s]', label, words[" "] .. before, after, pandoc.utils.stringify(link)))
  end
  link.classes = pandoc.List({})
  if FORMAT:match("latex") and label == "sec-abstract" then return link.content end
  local field = {}
  for _, part in ipairs({
    '<w:fldChar w:fldCharType="begin" w:dirty="true"/>',
    '<w:instrText xml:space="preserve"> PAGEREF ' .. label .. ' \\h </w:instrText>',
    '<w:fldChar w:fldCharType="separate"/>', "<w:t>…</w:t>", '<w:fldChar w:fldCharType="end"/>',
  }) do field[#field + 1] = "<w:r>" .. part .. "</w:r>" end
  local page = FORMAT:match("latex") and pandoc.RawInline("latex", "\\pageref{" .. label .. "}")
    or pandoc.RawInline("openxml", table.concat(field))
  return pandoc.Inlines({
    link, pandoc.Str(words[" "]:gsub(" ", NBSP) .. before), page, pandoc.Str(after),
  })
end

local function with_pages(blocks) return blocks:walk({ Link = with_page }) end

-- Typst ---------------------------------------------------------------------------------------

local function typst_cell(cell, content, side)
  local level = rows.indent_of(cell)
  if level > 0 then content = string.format("#pad(left: %.1fem)[%s]", level * 0.9, content) end
  local options = {}
  if ALIGN[cell.alignment] then
    options[#options + 1] = "align: " .. ALIGN[cell.alignment] .. " + " .. side
  end
  if cell.col_span > 1 then options[#options + 1] = "colspan: " .. cell.col_span end
  if cell.row_span > 1 then options[#options + 1] = "rowspan: " .. cell.row_span end
  return string.format("table.cell(%s)[%s]", table.concat(options, ", "), content)
end

-- Cells stand on one line with the row's number at the bottom; columns of words begin at the top.
local function typst_row(row, next_text, side)
  local cells = {}
  for _, cell in ipairs(row.cells) do cells[#cells + 1] = typst_cell(cell, next_text(), side) end
  return table.concat(cells, ", ")
end

local function typst_texts(all) return rows.texts(all, with_pages, typst_of, "typst", "/*cell*/") end

local function typst_widths(specs)
  local widths = {}
  for _, spec in ipairs(specs) do
    local width = spec[2]
    widths[#widths + 1] = width and string.format("%.2ffr", width * 100) or "auto"
  end
  return table.concat(widths, ", ")
end

local function typst_notes(foot)
  local notes = {}
  for text in typst_texts(foot.rows) do notes[#notes + 1] = "[" .. text .. "]" end
  return notes
end

-- How many rows from each row on are bound to one page; 0 inside a bound group. The last two rows
-- are bound to the notes below them.
local function bound_rows(all, columns, notes)
  local spans, start = {}, nil
  for i, row in ipairs(all) do
    local last = i == #all
    local follows = start and (last or rows.heads(all[i - 1], row, columns))
    if follows then
      spans[start], spans[i] = spans[start] + 1, 0
    else
      start, spans[i] = i, 1
    end
  end
  if start and notes then spans[start] = spans[start] + 1 end
  return spans
end

local function typst_table(tbl)
  local parts = { "#report-table(columns: (" .. typst_widths(tbl.colspecs) .. ",)," }
  local notes = typst_notes(tbl.foot)
  local words_within = tbl.classes:includes("words")
  local side = words_within and "top" or "bottom"
  if words_within then parts[1] = parts[1] .. " words: true," end
  if #notes > 0 then parts[#parts + 1] = "notes: (" .. table.concat(notes, ", ") .. ",)," end
  local rows_below = rows.of_bodies(tbl)
  local next_text = typst_texts(pandoc.List(tbl.head.rows) .. rows_below)
  if #tbl.head.rows > 0 then
    local head = {}
    for _, row in ipairs(tbl.head.rows) do
      head[#head + 1] = typst_row(row, next_text, "bottom")
    end
    parts[#parts + 1] = "header: (" .. table.concat(head, ", ") .. ",),"
  end
  local spans = bound_rows(rows_below, #tbl.colspecs, #notes > 0)
  for i, row in ipairs(rows_below) do
    -- typst has no other way to keep rows together than a cell that spans them
    local bind = spans[i] > 0 and string.format(" report-bind(%d),", spans[i]) or ""
    parts[#parts + 1] = typst_row(row, next_text, side) .. "," .. bind
  end
  parts[#parts + 1] = ")"
  return pandoc.RawBlock("typst", table.concat(parts, "\n"))
end

-- DOCX ----------------------------------------------------------------------------------------

local function styled(name, blocks)
  return pandoc.Div(blocks, pandoc.Attr("", {}, { ["custom-style"] = name }))
end

local function as_paragraphs(blocks)
  return blocks:map(function(block)
    return block.t == "Plain" and pandoc.Para(block.content) or block
  end)
end

local function docx_cell(cell, name)
  local level = math.min(rows.indent_of(cell), 2)
  if level > 0 then name = "Table Indent " .. level end
  local contents = as_paragraphs(with_pages(cell.contents))
  -- an empty cell would get an empty paragraph in the larger type of the text
  if #contents == 0 then contents = pandoc.Blocks({ pandoc.Para({ pandoc.Str("") }) }) end
  cell.contents = pandoc.Blocks({ styled(name, contents) })
end

local function docx_table(tbl)
  local columns = #tbl.colspecs
  for _, row in ipairs(tbl.head.rows) do
    for _, cell in ipairs(row.cells) do docx_cell(cell, "Table Head") end
  end
  for _, body in ipairs(tbl.bodies) do
    for i, row in ipairs(body.body) do
      local name = rows.heads(row, body.body[i + 1], columns) and "Table Group" or "Table Text"
      for _, cell in ipairs(row.cells) do docx_cell(cell, name) end
    end
  end
  local notes = pandoc.Blocks({})
  for _, row in ipairs(tbl.foot.rows) do
    for _, cell in ipairs(row.cells) do
      notes:insert(styled("Table Note", as_paragraphs(cell.contents)))
    end
  end
  if #notes > 0 then notes[#notes].attributes["custom-style"] = "Table Note Last" end
  tbl.foot = pandoc.TableFoot()
  local blocks = pandoc.Blocks({ tbl })
  blocks:extend(notes)
  return blocks
end

function Table(tbl)
  if FORMAT:match("typst") then return typst_table(tbl), false end
  if FORMAT:match("docx") then return docx_table(tbl), false end
  if FORMAT:match("latex") and tbl.identifier ~= "" then
    return latex.table(tbl, with_pages), false
  end
end
