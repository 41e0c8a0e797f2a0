-- For real Quarto only: a figure's picture in DOCX is the PNG beside the notebook (Quarto takes the
-- SVG, which Word shows only with a converter), and a value that is empty leaves no paragraph.

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

local function png_of(label)
  local path = "../_generated/notebooks/pictures/" .. label .. ".png"
  return exists(path) and path or nil
end

local filter = {}
if FORMAT:match("docx") then
  function filter.FloatRefTarget(float)
    local path = png_of(float.identifier)
    if not path then return nil end
    float.content = quarto.utils.as_blocks(float.content):walk({
      Image = function(image)
        image.src = path
        return image
      end,
    })
    return float
  end
end

return { filter }
