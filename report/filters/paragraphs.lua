-- Parts of the report that stand in files of their own, since a study may lack one, and yet belong
-- in one paragraph: the paragraphs in `::: {.paragraph name="..."}` become one for each name, where
-- the first of them stands. What else is in such a part, figures and tables, stays where it is.

package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. "/?.lua;" .. package.path
local words = require("words")

local function join(blocks)
  local first, kept = {}, pandoc.Blocks({})
  for _, block in ipairs(blocks) do
    local name = block.t == "Div" and block.classes:includes("paragraph") and block.attributes.name
    if not name then
      kept:insert(block)
    else
      for _, part in ipairs(block.content) do
        local paragraph = first[name]
        if part.t ~= "Para" then
          kept:insert(part)
        elseif paragraph then
          if words[" "] ~= "" then paragraph.content:insert(pandoc.Space()) end
          paragraph.content:extend(part.content)
        else
          first[name] = part
          kept:insert(part)
        end
      end
    end
  end
  return kept
end

-- A part may hold a value alone that a study has nothing for.
local BARE = { Span = true, Str = true, Space = true, SoftBreak = true }

local function without_emptied(para)
  local kept = pandoc.utils.stringify(para):match("%S")
  para:walk({
    Inline = function(inline)
      kept = kept or not BARE[inline.t]
        or inline.t == "Span" and inline.attributes.__quarto_custom
    end,
  })
  if not kept then return {} end
end

-- A cell keeps its paragraph: Word wants one in each.
local function whole(tbl) return tbl, false end

local function joined(doc)
  doc.blocks = join(doc.blocks)
  return doc
end

return {
  { traverse = "topdown", Table = whole, Para = without_emptied },
  { Pandoc = joined },
}
