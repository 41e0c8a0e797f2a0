-- What the build wrote about the sources of figures and tables; nothing where there was no build.

local FILE = "../_generated/links.json"
local words = require("words")
local sources = {}
local read, links = false, nil

function sources.links()
  if read then return links end
  read = true
  local file = io.open(FILE, "r")
  if file then
    links = pandoc.json.decode(file:read("a"), false)
    file:close()
  end
  return links
end

function sources.escaped(text)
  return (text:gsub("[&<>\"]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }))
end

-- The name of a figure or table with its noun in the language of the report.
function sources.named(name) return (name:gsub("^%a+", function(noun) return words[noun] end)) end

-- Where a file beside the report is: next to it, or where `quarto render` at the root finds it.
function sources.place(path)
  local all = sources.links()
  return (all and all.base or "") .. path
end

-- The line under a figure or table: the notebook that made it, and its files.
function sources.line(label)
  local all = sources.links()
  local float = all and all.floats[label]
  if not float then return "" end
  local parts = {}
  if float.page ~= "" then
    parts[1] = words["Source:"] .. words[" "] .. string.format('<a href="%s">%s %s</a>',
      sources.escaped(sources.place(float.page)), words.notebook, sources.escaped(float.notebook))
  end
  for _, file in ipairs(float.files) do
    parts[#parts + 1] = string.format('<a href="%s" download aria-label="%s %s %s">%s</a>',
      sources.escaped(sources.place(file[2])), sources.escaped(sources.named(float.name)), words.as, file[1], file[1])
  end
  return '<p class="float-links">' .. table.concat(parts, " ") .. "</p>"
end

return sources
