-- In the DOCX, citations and the list of references are fields in the form that Zotero writes and
-- reads: each holds the works that it cites as CSL-JSON, and shows what citeproc made of them.

local citations = {}
local SCHEMA = "https://github.com/citation-style-language/schema/raw/master/csl-citation.json"
local LISTED = 'ADDIN ZOTERO_BIBL {"uncited":[],"omitted":[],"custom":[]} CSL_BIBLIOGRAPHY'

-- What a reference may print; a manager's exports also hold abstracts, remarks and places of files.
local KEPT = {}
for field in ([[DOI ISBN ISSN PMCID PMID URL accessed author chapter-number collection-editor
  collection-number collection-title container-author container-title container-title-short edition
  editor event event-place event-title genre id issue issued jurisdiction language medium number
  number-of-pages number-of-volumes original-date original-title page part-number publisher
  publisher-place section status title title-short translator type version volume
  volume-title]]):gmatch("%S+") do KEPT[field] = true end

local function run(inside)
  return pandoc.RawInline("openxml", "<w:r>" .. inside .. "</w:r>")
end

local function start(code)
  local words = code:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" })
  return run('<w:fldChar w:fldCharType="begin"/><w:instrText xml:space="preserve"> ' .. words
    .. ' </w:instrText><w:fldChar w:fldCharType="separate"/>')
end

local function finish()
  return run('<w:fldChar w:fldCharType="end"/>')
end

-- The cited works by key, as CSL-JSON.
local function works_of(doc)
  local meta = { references = pandoc.utils.references(doc) }
  local works = {}
  local csl = pandoc.write(pandoc.Pandoc({}, meta), "csljson")
  for _, work in ipairs(pandoc.json.decode(csl, false)) do
    works[work.id] = {}
    for field, said in pairs(work) do works[work.id][field] = KEPT[field] and said or nil end
  end
  return works
end

-- What names a work for programs: Zotero takes the data in the field where its library lacks it.
local function address(work)
  if work.DOI then return "https://doi.org/" .. work.DOI end
  if work.URL and work.URL:match("^https?:") then return work.URL end
  return "https://cohortbook.invalid/references#" .. work.id
end

-- What pandoc takes for the label of a place in a work, by the label's name in CSL.
local LABELS = {}
for name, forms in pairs({
  chapter = "chapter chapters chap. chaps.", column = "column columns col. cols.",
  figure = "figure figures fig. figs.", line = "line lines l. ll.", page = "page pages p. pp.",
  paragraph = "paragraph paragraphs para. paras. ¶ ¶¶", part = "part parts pt. pts.",
  section = "section sections sec. secs. § §§", volume = "volume volumes vol. vols.",
}) do
  for form in forms:gmatch("%S+") do LABELS[form] = name end
end

-- The numbers that a text begins with, "33-35, 38", and what is behind them.
local function numbers(text)
  local number, dash = "%a?%d+%a?", "\u{2013}"
  local found, rest = text:match("^(" .. number .. ")(.*)$")
  while found do
    local plain = rest:gsub("^" .. dash, "-")
    local more = plain:match("^%s*[-,&]%s*" .. number)
    if not more then break end
    local length = #more + (plain ~= rest and #dash - 1 or 0)
    found, rest = found .. rest:sub(1, length), rest:sub(length + 1)
  end
  if found and not rest:match("^%w") then return found, rest end
end

-- The label and the place in a work that a suffix begins with, and the rest of it: as pandoc reads
-- "[@key, p. 33-35 and elsewhere]"; nothing where there is no place.
local function place(suffix)
  local text = suffix:match("^,?%s*(.*)$"):gsub("\u{a0}", " ")
  local braced, behind = text:match("^{(.*)}(.*)$")
  text = braced or text
  local word, after = text:match("^(%S+)%s*(.*)$")
  local label = word and LABELS[word]
  if braced then return label or "page", label and after or text, behind end
  local found, rest = numbers(label and after or text)
  if label and not found then found, rest = after:match("^([ivxlcIVXLC]+)%f[%W](.*)$") end
  if found then return label or "page", found, rest end
end

local function item_of(citation, work)
  local item = { id = work.id, uris = { address(work) }, itemData = work }
  local before = pandoc.utils.stringify(citation.prefix)
  local after = pandoc.utils.stringify(citation.suffix)
  local label, locator, rest = place(after)
  if locator then
    if locator ~= "" then item.label, item.locator = label, locator end
    after = rest
  end
  if before ~= "" then item.prefix = before .. " " end
  if after ~= "" then item.suffix = after end
  if citation.mode == "SuppressAuthor" then item["suppress-author"] = true end
  return item
end

-- Text as Zotero keeps it to see whether its own would differ.
local function formatted(inlines)
  local parts = {}
  for i, inline in ipairs(inlines) do
    local text = pandoc.utils.stringify(inline)
    parts[i] = inline.t == "Superscript" and "\\super " .. text .. "\\nosupersub{}" or text
  end
  return table.concat(parts)
end

-- Left as text: a work that is not there, a citation in a footnote.
local function items_of(cite, works)
  local items, notes = {}, false
  cite:walk({ Note = function() notes = true end })
  for i, citation in ipairs(cite.citations) do
    local work = works[citation.id]
    if notes or not work then return nil end
    items[i] = item_of(citation, work)
  end
  return items
end

-- Whether a citation whose text is set names its author in the sentence: not where all is numbers.
local function names(cite)
  local first = cite.citations[1]
  return first.mode == "AuthorInText"
    and pandoc.utils.stringify(cite.content):match("[%a\128-\255]") ~= nil
end

-- The same citations without the authors that they name in the sentence, in their order.
local function without_authors(doc)
  local found = {}
  local short = doc:walk({
    Cite = function(cite)
      for _, citation in ipairs(cite.citations) do
        if citation.mode == "AuthorInText" then citation.mode = "SuppressAuthor" end
      end
      return cite
    end,
  })
  pandoc.utils.citeproc(short):walk({
    traverse = "topdown",
    Cite = function(cite)
      found[#found + 1] = pandoc.utils.stringify(cite.content)
      return cite, false
    end,
  })
  return found
end

-- The authors that a citation names in the sentence, and what is behind them; nothing where they
-- cannot be told apart.
local function apart(content, behind)
  local whole = pandoc.utils.stringify(content)
  local ends = #whole - #behind
  if whole:sub(ends + 1) ~= behind then return nil end
  local authors, rest = pandoc.Inlines({}), pandoc.Inlines({})
  for _, inline in ipairs(content) do
    local into = #pandoc.utils.stringify(authors) < ends and authors or rest
    into:insert(inline)
  end
  if pandoc.utils.stringify(rest) == behind then return authors, rest end
end

local function listed(div)
  local entries = div.content:filter(function(block) return block.t == "Div" end)
  if div.identifier ~= "refs" or #entries == 0 then return nil end
  local last = entries[#entries].content
  entries[1].content[1].content:insert(1, start(LISTED))
  last[#last].content:insert(finish())
  return div, false
end

-- A document whose citations are set, with fields around them: behind authors that the sentence
-- names, for a field of Zotero's has no form for those.
local function live(doc, works, behind)
  local seen, count = 0, 0
  local function cited(cite)
    seen = seen + 1
    local items, authors, content = items_of(cite, works), {}, cite.content
    if items and names(cite) then
      authors, content = apart(content, behind()[seen])
      items[1]["suppress-author"] = true
    end
    if not items or not content then return nil, false end
    count = count + 1
    local code = pandoc.json.encode({
      citationID = string.format("cohortbook%d", count),
      properties = {
        formattedCitation = formatted(content),
        plainCitation = pandoc.utils.stringify(content),
        noteIndex = 0,
      },
      citationItems = items,
      schema = SCHEMA,
    })
    content:insert(1, start("ADDIN ZOTERO_ITEM CSL_CITATION " .. code))
    content:insert(finish())
    cite.content = pandoc.Inlines(authors)
    cite.content:extend(content)
    return cite, false
  end
  return doc:walk({ traverse = "topdown", Cite = cited, Div = listed })
end

-- The document with its citations set, in the DOCX as fields.
function citations.set(doc)
  if FORMAT ~= "docx" then return pandoc.utils.citeproc(doc) end
  local works, short = works_of(doc), nil
  return live(pandoc.utils.citeproc(doc), works, function()
    short = short or without_authors(doc)
    return short
  end)
end

return citations
