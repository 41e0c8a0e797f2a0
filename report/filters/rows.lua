-- The rows of a table, for the formats in which the filters write tables themselves.

local rows = {}

function rows.indent_of(cell)
  for _, class in ipairs(cell.attr.classes) do
    local level = class:match("^indent%-(%d+)$")
    if level then return tonumber(level) end
  end
  return 0
end

-- A row that heads the next one stays on its page: a group's label, a variable above its levels.
function rows.heads(row, next_row, columns)
  if not next_row then return false end
  local first, below = row.cells[1], next_row.cells[1]
  return columns > 1 and first.col_span == columns or rows.indent_of(first) < rows.indent_of(below)
end

function rows.of_bodies(tbl)
  local all = pandoc.List({})
  for _, body in ipairs(tbl.bodies) do all:extend(body.body) end
  return all
end

-- Many cells written at once, for each writing takes milliseconds. Between them stands a comment,
-- which written text cannot hold: its stars or its per cent signs are escaped. Should the parts not
-- be as many as the cells, each is written alone.
local function written_each(contents, write, format, between)
  local blocks, texts = pandoc.Blocks({}), {}
  for _, content in ipairs(contents) do
    blocks:extend(content)
    blocks:insert(pandoc.RawBlock(format, between))
  end
  local all, from = write(blocks), 1
  for first, last in all:gmatch("()" .. between:gsub("%p", "%%%0") .. "()") do
    texts[#texts + 1] = all:sub(from, first - 1):match("^%s*(.-)%s*$")
    from = last
  end
  return #texts == #contents and texts or pandoc.List(contents):map(write)
end

-- Give one by one the texts of the cells of rows, in their order.
function rows.texts(all, prepare, write, format, between)
  local contents, position = {}, 0
  for _, row in ipairs(all) do
    for _, cell in ipairs(row.cells) do contents[#contents + 1] = prepare(cell.contents) end
  end
  local texts = written_each(contents, write, format, between)
  return function()
    position = position + 1
    return texts[position]
  end
end

return rows
