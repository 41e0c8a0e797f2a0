-- Slides, the last of the filters: one for each figure and table, with the sentences that lead to it.
-- A table that is longer than a slide goes over several. The whole caption stands in the notes.

package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. "/?.lua;" .. package.path
local words = require("words")
local LINES = 16 -- of a table on one slide, at most
local WIDTH = 125 -- characters in a line of a table
local MOST = 430 -- characters of text above a figure or table
local LONGEST = 110 -- characters of a title
local NOTE = "\u{2063}" -- an invisible mark: `slides.py` sets what begins with it small
local GROUP = "\u{2064}" -- another: a row that is one cell, which pandoc would put in the first column
local EM_SPACE = "\u{2003}"

local function length(blocks) return utf8.len(pandoc.utils.stringify(blocks)) or 0 end

local function trimmed(inlines)
  while inlines[1] and (inlines[1].t == "Space" or inlines[1].t == "SoftBreak") do inlines:remove(1) end
  while inlines[#inlines] and (inlines[#inlines].t == "Space" or inlines[#inlines].t == "SoftBreak") do
    inlines:remove()
  end
  return inlines
end

-- What a slide cannot follow: links, and numbers of references that are listed nowhere.
local function plain(inlines)
  return trimmed(pandoc.Inlines(inlines):walk({
    Cite = function() return {} end,
    Note = function() return {} end,
    Link = function(link) return link.content end,
    Span = function(span) return span.content end,
  }):walk({
    Inlines = function(all)
      for i = #all, 2, -1 do -- the space before a reference that is gone
        local mark = all[i].t == "Str" and all[i].text:match("^[%.,;:%)]")
        if mark and all[i - 1].t == "Space" then all:remove(i - 1) end
      end
      return all
    end,
  }))
end

-- The sentences of a paragraph.
local function sentences(inlines)
  local found, current = {}, pandoc.Inlines({})
  for i, inline in ipairs(inlines) do
    current:insert(inline)
    local gap = inlines[i + 1]
    local after = inlines[i + 2]
    local ends = pandoc.utils.stringify(inline):match("[%.!%?]['\u{201d}%)]*$")
    local space = gap and (gap.t == "Space" or gap.t == "SoftBreak")
    local begins = after and pandoc.utils.stringify(after):match("^[%u%d\u{201c}(]")
    if not gap or ends and space and begins then
      found[#found + 1] = trimmed(current)
      current = pandoc.Inlines({})
    end
  end
  return found
end

local function floats_in(inlines)
  local found = {}
  pandoc.Inlines(inlines):walk({
    Link = function(link)
      local label = link.target:match("^#([ft][ib][gl]%-.+)$")
      if label then found[#found + 1] = label end
    end,
  })
  return found
end

-- The text of each label: the sentences between the last one that names a figure or table and this
-- one, for results are told before the table that lists them; or else those behind it.
local function texts_of(doc)
  local texts = {}
  local function take(all, first, last)
    local taken, count = pandoc.Inlines({}), 0
    for i = first, last do
      count = count + length(all[i])
      if #taken > 0 and count > MOST then break end
      if #taken > 0 then taken:insert(pandoc.Space()) end
      taken:extend(all[i])
    end
    return taken
  end
  doc:walk({
    Para = function(para)
      local all, named, from = sentences(para.content), {}, 1
      for i, sentence in ipairs(all) do named[i] = floats_in(sentence) end
      for i, labels in ipairs(named) do
        local behind = i
        while named[behind + 1] and #named[behind + 1] == 0 do behind = behind + 1 end
        for _, label in ipairs(labels) do
          if not texts[label] then
            texts[label] = from < i and take(all, from, i - 1)
              or behind > i and take(all, i + 1, behind) or take(all, i, i)
          end
        end
        if #labels > 0 then from = i + 1 end
      end
    end,
  })
  return texts
end

local function title_of(caption)
  local all = sentences(plain(caption))
  local title = pandoc.Inlines(all[1] or {})
  if #all > 1 and length(title) < 14 then -- "Figure 1."
    title:insert(pandoc.Space())
    title:extend(all[2])
  end
  local kept, count = pandoc.Inlines({}), 0
  for _, inline in ipairs(title) do
    count = count + (utf8.len(pandoc.utils.stringify(inline)) or 0)
    if count > LONGEST then
      trimmed(kept):insert(pandoc.Str("…"))
      return kept
    end
    kept:insert(inline)
  end
  local last = kept[#kept]
  if last and last.t == "Str" then last.text = last.text:gsub("%.$", "") end
  return kept
end

local function notes(caption)
  return pandoc.Div({ pandoc.Para(plain(caption)) }, pandoc.Attr("", { "notes" }))
end

local function indent_of(cell)
  for _, class in ipairs(cell.attr.classes) do
    local level = tonumber(class:match("^indent%-(%d+)$"))
    if level then return level end
  end
  return 0
end

local function indented(cell)
  local level = indent_of(cell)
  if level > 0 and cell.contents[1] then
    cell.contents[1].content:insert(1, pandoc.Str(EM_SPACE:rep(level)))
  end
  return cell
end

local function lines_of(row, columns)
  local most = 1
  for i, cell in ipairs(row.cells) do
    local width = cell.col_span >= #columns and 1 or columns[i] and columns[i][2] or 1 / #columns
    most = math.max(most, math.ceil(length(cell.contents) / math.max(width * WIDTH, 4)))
  end
  return most
end

-- The table in parts that fit, and its notes.
local function parts_of(tbl)
  local rows, parts, current, count = pandoc.List({}), {}, pandoc.List({}), 0
  for _, body in ipairs(tbl.bodies) do rows:extend(body.body) end
  local total = 0
  for _, row in ipairs(rows) do total = total + lines_of(row, tbl.colspecs) end
  local most = math.min(LINES, math.ceil(total / math.ceil(total / LINES)) + 1)
  for _, row in ipairs(rows) do
    local lines = lines_of(row, tbl.colspecs)
    row.cells = pandoc.List(row.cells):map(indented)
    if #tbl.colspecs > 1 and row.cells[1].col_span == #tbl.colspecs then
      row.cells[1].contents[1].content:insert(1, pandoc.Str(GROUP))
    end
    if count + lines > most and #current > 0 then
      local last = current[#current]
      -- a label goes with what it heads
      local heads = pandoc.utils.stringify(last.cells[1].contents):sub(1, #GROUP) == GROUP
        or indent_of(last.cells[1]) < indent_of(row.cells[1])
      if heads and #current > 1 then current:remove() end
      parts[#parts + 1], current, count = current, pandoc.List({}), 0
      if heads and #parts[#parts] > 0 and parts[#parts][#parts[#parts]] ~= last then
        current:insert(last)
        count = 1
      end
    end
    current:insert(row)
    count = count + lines
  end
  parts[#parts + 1] = current
  local foot = pandoc.Inlines({})
  for _, row in ipairs(tbl.foot.rows) do
    for _, cell in ipairs(row.cells) do
      if #foot > 0 then foot:insert(pandoc.Space()) end
      foot:extend(pandoc.utils.blocks_to_inlines(cell.contents))
    end
  end
  local made = pandoc.List(parts):map(function(part)
    local one = tbl:clone()
    local body = one.bodies[1]
    body.body, body.head = part, {}
    one.bodies, one.foot, one.caption = { body }, pandoc.TableFoot(), { long = {} }
    return one
  end)
  return made, plain(foot)
end

local function slide(title, text, content, caption)
  local blocks = pandoc.Blocks({ pandoc.Header(2, title) })
  if #text > 0 then blocks:extend(text) end
  blocks:insert(content)
  blocks:insert(notes(caption))
  return blocks
end

local function slides_of(div, texts)
  local caption = div.content[2].content
  local text = pandoc.Blocks({})
  local said = texts[div.identifier]
  if said then text:insert(pandoc.Para(plain(said))) end
  local content, title = div.content[1], title_of(caption)
  if content.t ~= "Table" then
    -- pandoc would write the text for readers who listen under the picture; `slides.py` puts it in
    local image = content.content[1]
    image.caption = {}
    return slide(title, text, pandoc.Para({ image }), caption)
  end
  local blocks = pandoc.Blocks({})
  local parts, foot = parts_of(content)
  if #foot > 0 then
    foot:insert(1, pandoc.Str(NOTE))
    text:insert(pandoc.Para(foot))
  end
  for i, part in ipairs(parts) do
    local name = pandoc.Inlines(title)
    if #parts > 1 then name:insert(pandoc.Str(string.format(" (%d/%d)", i, #parts))) end
    local above = i == 1 and text or pandoc.Blocks({ text[#text] })
    blocks:extend(slide(name, above, part, caption))
  end
  return blocks
end

-- The paragraphs of the abstract that begin so.
local function of_abstract(meta, name)
  local found = pandoc.Blocks({})
  local all = pandoc.utils.type(meta.abstract) == "Blocks" and meta.abstract or {}
  for _, block in ipairs(all) do
    if block.t == "Para" and pandoc.utils.stringify(block):match("^" .. name) then
      local inlines = pandoc.Inlines(block.content)
      inlines:remove(1)
      -- the blank after the name is part of the text in Chinese
      if inlines[1] and inlines[1].t == "Str" then
        inlines[1].text = inlines[1].text:gsub("^\u{3000}", "")
      end
      found:insert(pandoc.Para(plain(inlines)))
    end
  end
  return found
end

function Pandoc(doc)
  local texts, slides = texts_of(doc), pandoc.Blocks({})
  local below, hidden = nil, false
  local function walk(blocks)
    for _, block in ipairs(blocks) do
      if block.t == "Header" then
        if block.level == 1 then below = block end
        hidden = block.identifier == "sec-checklist"
      elseif block.t == "Div" and block.classes:includes("slide-float") and not hidden then
        if below and below.identifier == "sec-supplement" then
          slides:insert(pandoc.Header(1, below.content))
        end
        below = nil
        slides:extend(slides_of(block, texts))
      elseif block.t == "Div" and block.classes:includes("slide-notice") then
        local title = block.content[1].content
        slides:insert(pandoc.Header(2, title))
        for i = 2, #block.content do slides:insert(block.content[i]) end
      elseif block.t == "Div" then
        walk(block.content)
      end
    end
  end
  walk(doc.blocks)
  local conclusion = of_abstract(doc.meta, words.Conclusion)
  if #conclusion > 0 then
    slides:insert(pandoc.Header(2, words.Conclusion))
    slides:extend(conclusion)
  end
  doc.meta.abstract = nil
  return pandoc.Pandoc(slides, doc.meta)
end
