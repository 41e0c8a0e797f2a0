-- In the DOCX, marks of where each piece of a paragraph comes from: a value, a reference, a citation,
-- a paragraph of the sources. The build takes them out again and keeps what they say in a part of
-- the document, from which `cohortbook word` knows what somebody changed.

local origins = { kept = FORMAT:match("docx") ~= nil }
local KINDS = { Link = "link", Code = "code", Math = "formula", Note = "footnote" }

-- Inlines with their origin; as they are in other formats, and where there is nothing to see.
function origins.of(inlines, kind, source)
  if not origins.kept or pandoc.utils.stringify(inlines):match("^%s*$") then return inlines end
  return pandoc.Span(inlines, pandoc.Attr("", { "origin" }, { kind = kind, source = source }))
end

-- A citation as the sources have it.
function origins.cited(cite)
  local parts, alone = {}, #cite.citations == 1
  for i, citation in ipairs(cite.citations) do
    local before = pandoc.utils.stringify(citation.prefix)
    local after = pandoc.utils.stringify(citation.suffix)
    if alone and citation.mode == "AuthorInText" then
      return "@" .. citation.id .. (after ~= "" and " [" .. after:gsub("^%s+", "") .. "]" or "")
    end
    parts[i] = (before ~= "" and before .. " " or "")
      .. (citation.mode == "SuppressAuthor" and "-" or "") .. "@" .. citation.id .. after
  end
  return "[" .. table.concat(parts, "; ") .. "]"
end

local function mark(where, kind, source)
  local words = source:gsub("[&<>\"\n]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;",
    ['"'] = "&quot;", ["\n"] = " " })
  return pandoc.RawInline("openxml", string.format('<w:cohortbook at="%s" kind="%s" source="%s"/>',
    where, kind, words))
end

local function between(inlines, kind, source)
  local found = pandoc.Inlines({ mark("start", kind, source) })
  found:extend(inlines)
  found:insert(mark("end", kind, source))
  return found
end

local function markdown_of(inline)
  local text = pandoc.write(pandoc.Pandoc({ pandoc.Plain({ inline }) }), "markdown",
    { wrap_text = "none" })
  return (text:gsub("%s+$", ""))
end

local function span(element)
  if element.classes:includes("source-mark") then
    return { mark("point", "paragraph", element.attributes.n) }
  elseif element.classes:includes("origin") then
    local given = element.attributes
    return between(element.content, given.kind, given.source), false
  end
end

local function other(element)
  if element.classes and element.classes:includes("cross-ref") then return nil end
  return between({ element }, KINDS[element.t], markdown_of(element)), false
end

-- The document with marks in place of the spans that hold origins.
function origins.written(doc)
  if not origins.kept then return doc end
  local walk = { traverse = "topdown", Span = span, Link = other, Code = other, Math = other,
    Note = other }
  walk.Cite = function(cite) return between({ cite }, "citation", origins.cited(cite)), false end
  walk.Div = function(div) if div.identifier == "refs" then return div, false end end
  return doc:walk(walk)
end

return origins
