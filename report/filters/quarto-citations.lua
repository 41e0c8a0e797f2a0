-- For real Quarto only, after all else: it would set the citations of a DOCX behind all filters, as
-- plain text. Here they become the fields that they are in the built-in renderer's.

package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. "/?.lua;" .. package.path

-- a format of an extension may leave them to Quarto, which then comes afterwards
if FORMAT ~= "docx" or quarto.doc.cite_method() == "citeproc" then return {} end

return { { Pandoc = require("citations").set } }
