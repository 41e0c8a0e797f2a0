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

local function item_of(citation, work)
  local item = { id = work.id, uris = { address(work) }, itemData = work }
  local before = pandoc.utils.stringify(citation.prefix)
  local after = pandoc.utils.stringify(citation.suffix)
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

-- Left as text: a work that is not there, a citation in a footnote, an author named in the sentence.
local function items_of(cite, works)
  local items, notes = {}, false
  cite:walk({ Note = function() notes = true end })
  local plain = pandoc.utils.stringify(cite.content)
  for i, citation in ipairs(cite.citations) do
    local named = citation.mode == "AuthorInText" and plain:match("[%a\128-\255]")
    local work = works[citation.id]
    if notes or named or not work then return nil end
    items[i] = item_of(citation, work)
  end
  return items, plain
end

local function listed(div)
  local entries = div.content:filter(function(block) return block.t == "Div" end)
  if div.identifier ~= "refs" or #entries == 0 then return nil end
  local last = entries[#entries].content
  entries[1].content[1].content:insert(1, start(LISTED))
  last[#last].content:insert(finish())
  return div, false
end

-- A document whose citations are set, with fields around them.
local function live(doc, works)
  local count = 0
  local function cited(cite)
    local items, plain = items_of(cite, works)
    if not items then return nil end
    count = count + 1
    local code = pandoc.json.encode({
      citationID = string.format("cohortbook%d", count),
      properties = {
        formattedCitation = formatted(cite.content), plainCitation = plain, noteIndex = 0,
      },
      citationItems = items,
      schema = SCHEMA,
    })
    cite.content:insert(1, start("ADDIN ZOTERO_ITEM CSL_CITATION " .. code))
    cite.content:insert(finish())
    return cite, false
  end
  return doc:walk({ traverse = "topdown", Cite = cited, Div = listed })
end

-- The document with its citations set, in the DOCX as fields.
function citations.set(doc)
  if FORMAT ~= "docx" then return pandoc.utils.citeproc(doc) end
  local works = works_of(doc)
  return live(pandoc.utils.citeproc(doc), works)
end

return citations
