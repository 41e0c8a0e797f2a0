-- For real Quarto only, which runs it before it renders: parts of the report that were edited since
-- the last build are written again by the program that wrote them. What of the study is not found
-- here is named.

local function read(name)
  local file = io.open(name, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

local text = read("_generated/parts.json")
local note = text and pandoc.json.decode(text, false)
if not note then return {} end

local function edited()
  for name, found in pairs(note.sources) do
    local now = read(name)
    if now and pandoc.utils.sha1(now) ~= found then return true end
  end
end

local absent = table.concat(note.absent or {}, ", ")
if absent ~= "" then
  io.stderr:write("WARN: Quarto does not render here, and `cohortbook report` does: " .. absent .. "\n")
end

if edited() then
  local arguments = { "-P", "-m", "cohortbook.build.project.parts" }
  if not pcall(pandoc.pipe, note.python, arguments, "") then
    io.stderr:write("The parts of the report that were edited could not be read.\n")
    os.exit(1)
  end
end

return {}
