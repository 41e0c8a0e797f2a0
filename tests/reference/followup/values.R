# How the oracles in this folder write numbers: what,index,value with 15 digits.
suppressMessages(library(survival)); options(warn = -1)
here <- "."
open_values <- function(name) {
  out <<- file.path(here, paste0(name, "_values.csv")); cat("what,index,value\n", file = out)
}
say <- function(what, values) {
  values <- as.numeric(values)
  text <- formatC(values, digits = 15, format = "g")
  text[is.na(values)] <- "nan"
  cat(paste(what, seq_along(values) - 1, trimws(text), sep = ","), sep = "\n", file = out, append = TRUE)
}
store <- function(d, name) write.csv(d, file.path(here, paste0(name, ".csv")), row.names = FALSE, quote = FALSE, na = "")
