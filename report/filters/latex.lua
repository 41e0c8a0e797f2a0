-- What LaTeX needs, whatever the class and the fonts of a journal: tables as in our PDF, and letters
-- that a font may lack as commands. An engine leaves out a letter that it has no glyph for, and says
-- so in its log alone: a minus would be gone.

local rows = require("rows")
local words = require("words")
local latex = {}

-- Letters ---------------------------------------------------------------------------------------

local LETTERS = {
  ["\u{2002}"] = "\\enspace{}", ["\u{2003}"] = "\\quad{}", ["\u{2007}"] = "\\phantom{0}",
  ["\u{2008}"] = "\\phantom{.}",
  ["\u{2009}"] = "\\,", ["\u{200a}"] = "\\,", ["\u{202f}"] = "\\,", ["\u{200b}"] = "",
  ["\u{2060}"] = "", ["\u{feff}"] = "", ["\u{ad}"] = "\\-", ["\u{2010}"] = "-",
  ["\u{2011}"] = "\\mbox{-}", ["\u{2012}"] = "--", ["°"] = "\\textdegree{}", ["•"] = "\\textbullet{}",
  ["¹"] = "\\textsuperscript{1}", ["²"] = "\\textsuperscript{2}", ["³"] = "\\textsuperscript{3}",
  ["⁻"] = "\\textsuperscript{-}", ["µ"] = "\\ensuremath{\\mu}", ["ο"] = "o",
}
local MATH = {
  ["−"] = "-", ["≥"] = "\\geq", ["≤"] = "\\leq", ["≠"] = "\\neq", ["≈"] = "\\approx", ["±"] = "\\pm",
  ["×"] = "\\times", ["÷"] = "\\div", ["·"] = "\\cdot", ["√"] = "\\sqrt{\\vphantom{x}}", ["∞"] = "\\infty",
  ["→"] = "\\rightarrow", ["←"] = "\\leftarrow", ["↑"] = "\\uparrow", ["↓"] = "\\downarrow",
  ["↔"] = "\\leftrightarrow", ["∑"] = "\\sum", ["∆"] = "\\Delta", ["∈"] = "\\in", ["≡"] = "\\equiv",
  ["◦"] = "\\circ", ["∼"] = "\\sim", ["α"] = "\\alpha", ["β"] = "\\beta", ["γ"] = "\\gamma",
  ["δ"] = "\\delta", ["ε"] = "\\varepsilon", ["ζ"] = "\\zeta", ["η"] = "\\eta", ["θ"] = "\\theta",
  ["ι"] = "\\iota", ["κ"] = "\\kappa", ["λ"] = "\\lambda", ["μ"] = "\\mu", ["ν"] = "\\nu",
  ["ξ"] = "\\xi", ["π"] = "\\pi", ["ρ"] = "\\rho", ["σ"] = "\\sigma", ["ς"] = "\\varsigma",
  ["τ"] = "\\tau", ["υ"] = "\\upsilon", ["φ"] = "\\varphi", ["χ"] = "\\chi", ["ψ"] = "\\psi",
  ["ω"] = "\\omega", ["Γ"] = "\\Gamma", ["Δ"] = "\\Delta", ["Θ"] = "\\Theta", ["Λ"] = "\\Lambda",
  ["Ξ"] = "\\Xi", ["Π"] = "\\Pi", ["Σ"] = "\\Sigma", ["Φ"] = "\\Phi", ["Ψ"] = "\\Psi",
  ["Ω"] = "\\Omega",
}
for letter, command in pairs(MATH) do LETTERS[letter] = "\\ensuremath{" .. command .. "}" end
for digit = 0, 9 do
  if digit == 0 or digit > 3 then
    LETTERS[utf8.char(0x2070 + digit)] = "\\textsuperscript{" .. digit .. "}"
  end
  LETTERS[utf8.char(0x2080 + digit)] = "\\textsubscript{" .. digit .. "}"
end

-- Latin letters, and what pandoc writes as commands itself, are in the fonts of every class.
local KNOWN = { ["–"] = true, ["—"] = true, ["‘"] = true, ["’"] = true, ["“"] = true, ["”"] = true,
  ["…"] = true, ["†"] = true, ["‡"] = true, ["€"] = true, ["™"] = true }
local told = {}

local function tell(letter)
  if KNOWN[letter] or utf8.codepoint(letter) < 0x250 or told[letter] then return end
  told[letter] = true
  io.stderr:write(string.format("WARNING: a font may lack the letter %s (U+%04X): look for it in the "
    .. "document.\n", letter, utf8.codepoint(letter)))
end

-- A word, its letters that need one as commands.
function latex.letters(word)
  local found, plain = pandoc.Inlines({}), ""
  local function close()
    if plain ~= "" then found:insert(pandoc.Str(plain)) end
    plain = ""
  end
  for letter in word.text:gmatch(utf8.charpattern) do
    if LETTERS[letter] then
      close()
      found:insert(pandoc.RawInline("latex", LETTERS[letter]))
    else
      if #letter > 1 then tell(letter) end
      plain = plain .. letter
    end
  end
  close()
  return found
end

-- Tables ----------------------------------------------------------------------------------------

local ALIGN = { AlignLeft = "\\raggedright", AlignCenter = "\\centering", AlignRight = "\\raggedleft" }

local function written(blocks)
  return (pandoc.write(pandoc.Pandoc(blocks), "latex", { wrap_text = "none" }):gsub("%s+$", ""))
end

local function texts_of(all, prepare)
  return rows.texts(all, prepare, written, "latex", "%cell%")
end

-- The paragraphs of a cell as one: a blank line would end its row.
local function one_paragraph(text) return (text:gsub("%s*\n%s*\n%s*", "\\par{}")) end

local function cell_of(cell, text, columns, bold)
  text = one_paragraph(text)
  if bold then text = "\\textbf{" .. text .. "}" end
  local level = rows.indent_of(cell)
  if level > 0 then text = string.format("\\leftskip=%.1fem\\relax{}%s", level * 0.9, text) end
  if cell.col_span == columns then
    return string.format("\\multicolumn{%d}{@{}p{\\linewidth}@{}}{\\raggedright %s}", columns, text)
  end
  text = (ALIGN[cell.alignment] or ALIGN.AlignLeft) .. "\\arraybackslash{}" .. text
  if cell.col_span > 1 then text = string.format("\\multicolumn{%d}{c}{%s}", cell.col_span, text) end
  return text
end

local function row_of(row, next_text, columns, bold)
  local cells = {}
  for _, cell in ipairs(row.cells) do
    cells[#cells + 1] = cell_of(cell, next_text(), columns, bold)
  end
  return table.concat(cells, " & ")
end

-- Columns share the line; cells of numbers stand on the last line of their row, words on the first.
local function columns_of(tbl)
  local specs, count = {}, #tbl.colspecs
  local kind = tbl.classes:includes("words") and "p" or "b"
  for _, spec in ipairs(tbl.colspecs) do
    specs[#specs + 1] = string.format("%s{\\dimexpr(\\linewidth-%d\\tabcolsep)*%d/10000\\relax}", kind,
      2 * (count - 1), math.floor((spec[2] or 1 / count) * 10000))
  end
  return "@{}" .. table.concat(specs) .. "@{}"
end

-- The rule above the notes, which stay with it: below a rule of booktabs a page may end.
local LAST_RULE = "\\noalign{\\nobreak\\vskip.4ex\\hrule height.08em\\nobreak\\vskip.65ex\\nobreak}"

local function notes_of(tbl, prepare)
  local notes = { LAST_RULE }
  for text in texts_of(tbl.foot.rows, prepare) do
    notes[#notes + 1] = string.format("\\multicolumn{%d}{@{}p{\\linewidth}@{}}{\\raggedright %s}\\\\*",
      #tbl.colspecs, one_paragraph(text))
  end
  return table.concat(notes, "\n")
end

local function head_of(tbl, prepare)
  local next_text, lines = texts_of(tbl.head.rows, prepare), { "\\toprule" }
  for _, row in ipairs(tbl.head.rows) do
    lines[#lines + 1] = row_of(row, next_text, #tbl.colspecs, true) .. "\\\\"
  end
  if #tbl.head.rows > 0 then lines[#lines + 1] = "\\midrule" end
  return table.concat(lines, "\n")
end

local function body_of(tbl, prepare)
  local all, lines = rows.of_bodies(tbl), {}
  local next_text = texts_of(all, prepare)
  for i, row in ipairs(all) do
    local bound = rows.heads(row, all[i + 1], #tbl.colspecs) or i >= #all - 1
    lines[#lines + 1] = row_of(row, next_text, #tbl.colspecs) .. "\\\\" .. (bound and "*" or "")
  end
  return table.concat(lines, "\n")
end

-- About how many lines a table takes, notes and all.
local LETTERS_A_LINE, MOST_LINES = 85, 42

local function lines_of(tbl)
  local all, lines = rows.of_bodies(tbl), 0
  all:extend(tbl.head.rows)
  all:extend(tbl.foot.rows)
  for _, row in ipairs(all) do
    local most, column = 1, 1
    for _, cell in ipairs(row.cells) do
      local width = 0
      for i = column, column + cell.col_span - 1 do
        width = width + (tbl.colspecs[i] and tbl.colspecs[i][2] or 1 / #tbl.colspecs)
      end
      column = column + cell.col_span
      local letters = utf8.len(pandoc.utils.stringify(cell.contents)) or 0
      most = math.max(most, math.ceil(letters / (width * LETTERS_A_LINE)))
    end
    lines = lines + most
  end
  return lines
end

-- A table that a page has room for floats, as a figure does; a longer one stands where it is, and its
-- header comes again on each page. Several columns need smaller type. `prepare` readies the blocks of
-- a cell.
function latex.table(tbl, prepare)
  local head, notes, columns = head_of(tbl, prepare), notes_of(tbl, prepare), columns_of(tbl)
  local type = #tbl.colspecs > 5 and "\\scriptsize" or "\\footnotesize"
  local look = type .. "\\setlength{\\tabcolsep}{2.5pt}"
  local caption = "\\caption{\\label{" .. tbl.identifier .. "}"
  local before, after
  if lines_of(tbl) > MOST_LINES then
    before = {
      "{" .. look .. "\\setlength{\\LTcapwidth}{\\linewidth}", "\\begin{longtable}{" .. columns .. "}",
      caption,
    }
    after = {
      "}\\tabularnewline", head, "\\endfirsthead", string.format(
        "\\multicolumn{%d}{@{}l@{}}{\\tablename\\ \\thetable, %s.}\\\\*", #tbl.colspecs,
        words.continued),
      head, "\\endhead", "\\bottomrule", "\\endfoot", "\\endlastfoot", body_of(tbl, prepare),
      notes, "\\end{longtable}", "}",
    }
  else
    before = { "\\begin{table}", "\\centering" .. look, caption }
    after = {
      "}", "\\begin{tabular}{" .. columns .. "}", head, body_of(tbl, prepare), notes,
      "\\end{tabular}", "\\end{table}",
    }
  end
  local inlines = pandoc.Inlines({ pandoc.RawInline("latex", table.concat(before, "\n")) })
  inlines:extend(pandoc.utils.blocks_to_inlines(tbl.caption.long))
  inlines:insert(pandoc.RawInline("latex", table.concat(after, "\n")))
  return pandoc.Plain(inlines)
end

return latex
