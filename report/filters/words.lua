-- The words that the filters add, in the language of the report: English, unless the build writes
-- this file anew.

return setmetatable({}, { __index = function(_, word) return word end })
