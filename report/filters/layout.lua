-- How floats and callouts are laid out, for Quarto and for the built-in renderer alike.

local sources = require("sources")
local words = require("words")
local layout = {}

local function raw(text)
  local format = FORMAT:match("^html") and "html" or FORMAT
  return pandoc.RawBlock(format, text)
end

local function styled(name, blocks, id)
  return pandoc.Div(blocks, pandoc.Attr(id or "", {}, { ["custom-style"] = name }))
end

local function typst_string(text)
  return '"' .. text:gsub('[\\"]', "\\%0"):gsub("[\r\n]+", " ") .. '"'
end

function layout.typst_of(blocks)
  local text = pandoc.write(pandoc.Pandoc(blocks), "typst-citations", { wrap_text = "none" })
  return (text:gsub("%s+$", ""))
end

local function is_table(label) return label:sub(1, 4) == "tbl-" end

-- The only image in a block, however deep.
local function image_in(content)
  local found
  pandoc.Blocks({ content }):walk({ Image = function(image) found = found or image end })
  return found
end

local function html_float(label, content, caption)
  local head = pandoc.Blocks({ raw("<figcaption>"), pandoc.Plain(caption), raw("</figcaption>") })
  local kind = is_table(label) and "tbl" or "fig"
  local blocks = pandoc.Blocks({
    raw(string.format('<figure id="%s" class="float float-%s">', label, kind)),
  })
  -- on a phone a table or figure keeps a size at which it can be read, and is moved sideways
  local name = kind == "tbl" and pandoc.utils.stringify(caption)
    or pandoc.utils.stringify(caption[1]):gsub("%.$", "")
  local scrolling = { raw(string.format(
    '<div class="%s-scroll" role="group" tabindex="0" aria-label="%s">',
    kind == "tbl" and "table" or "figure", sources.escaped(name))), content, raw("</div>") }
  if kind == "tbl" then
    blocks:extend(head)
    blocks:extend(scrolling)
  else
    blocks:extend(scrolling)
    blocks:extend(head)
  end
  blocks:insert(raw(sources.line(label) .. "</figure>"))
  return blocks
end

local function typst_float(label, content, caption)
  local open = string.format("#figure(kind: %s, numbering: none, outlined: false, caption: [%s])[",
    is_table(label) and "table" or "image", layout.typst_of({ pandoc.Plain(caption) }))
  local close = "] <" .. label .. ">"
  -- a float is placed away from its label: its page is that of a mark inside it
  open = open .. "#metadata(none) <at-" .. label .. ">"
  if is_table(label) then return pandoc.Blocks({ raw(open), content, raw(close) }) end
  local image = image_in(content)
  local call = string.format("#image(%s, width: %s, alt: %s)", typst_string(image.src),
    image.attributes.width, typst_string(pandoc.utils.stringify(image.caption)))
  return pandoc.Blocks({ raw(open .. call .. close) })
end

local bookmarks = 90000

-- "Figure 1" as Word writes it: a field that counts, in a bookmark that references name.
local function counted(label, title)
  local noun, number = title:match("^(.-)\u{a0}(%d+)")
  bookmarks = bookmarks + 1
  local bold = "<w:r><w:rPr><w:b/></w:rPr>%s</w:r>"
  local runs = {}
  for _, part in ipairs({
    '<w:t xml:space="preserve">' .. noun .. "\u{a0}</w:t>", '<w:fldChar w:fldCharType="begin"/>',
    '<w:instrText xml:space="preserve"> SEQ ' .. noun .. " \\* ARABIC </w:instrText>",
    '<w:fldChar w:fldCharType="separate"/>', "<w:t>" .. number .. "</w:t>",
    '<w:fldChar w:fldCharType="end"/>',
  }) do runs[#runs + 1] = bold:format(part) end
  return pandoc.RawInline("openxml", string.format(
    '<w:bookmarkStart w:id="%d" w:name="%s"/>%s<w:bookmarkEnd w:id="%d"/>%s', bookmarks, label,
    table.concat(runs), bookmarks, bold:format("<w:t>" .. words["."] .. "</w:t>")))
end

local function docx_float(label, content, caption)
  local inlines = pandoc.Inlines(caption)
  inlines[1] = counted(label, pandoc.utils.stringify(inlines[1]))
  local text = styled("Caption", { pandoc.Para(inlines) })
  if is_table(label) then return pandoc.Blocks({ text, content }) end
  return pandoc.Blocks({
    styled("Captioned Figure", { pandoc.Para({ image_in(content) }) }), text,
  })
end

-- A figure or table: its label, one block of content, and the inlines of its caption.
function layout.float(label, content, caption)
  if FORMAT:match("typst") then return typst_float(label, content, caption) end
  if FORMAT:match("docx") then return docx_float(label, content, caption) end
  if FORMAT:match("pptx") then -- see slides.lua
    return pandoc.Div({ content, pandoc.Plain(caption) }, pandoc.Attr(label, { "slide-float" }))
  end
  return html_float(label, content, caption)
end

-- A note in a box: its kind ("note", "warning"), inlines of a title or nil, and its blocks.
function layout.callout(kind, title, content)
  title = pandoc.Inlines(title or words[kind:sub(1, 1):upper() .. kind:sub(2)])
  local blocks
  if FORMAT:match("typst") then
    blocks = pandoc.Blocks({ raw("#report-callout(kind: " .. typst_string(kind) .. ", title: ["
      .. layout.typst_of({ pandoc.Plain(title) }) .. "])[") })
    blocks:extend(content)
    blocks:insert(raw("]"))
  elseif FORMAT:match("docx") then
    blocks = pandoc.Blocks({ styled("Callout Title", { pandoc.Para(title) }) })
    blocks:insert(styled("Callout", content))
  elseif FORMAT:match("latex") then
    blocks = pandoc.Blocks({ raw("\\begin{quote}"), pandoc.Para({ pandoc.Strong(title) }) })
    blocks:extend(content)
    blocks:insert(raw("\\end{quote}"))
  elseif FORMAT:match("pptx") then
    blocks = pandoc.Blocks({ pandoc.Plain(title) })
    blocks:extend(content)
    return pandoc.Div(blocks, pandoc.Attr("", { "slide-notice" }))
  else
    blocks = pandoc.Blocks({
      raw('<aside class="callout callout-' .. kind .. '"><p class="callout-title">'),
      pandoc.Plain(title), raw("</p>"),
    })
    blocks:extend(content)
    blocks:insert(raw("</aside>"))
  end
  return blocks
end

-- The box of a division of the class callout-note, callout-warning or the like; nil for others.
function layout.callout_of(div)
  local kind
  for _, class in ipairs(div.classes) do kind = kind or class:match("^callout%-(%a+)$") end
  if not kind then return nil end
  local title, content = div.attributes.title, div.content
  if not title and content[1] and content[1].t == "Header" then
    title = content[1].content
    content:remove(1)
  end
  return layout.callout(kind, title, content)
end

return layout
