# Limits of effects by R: prop.test (corrected), epitools::oddsratio (median-unbiased, mid-P).
#   Rscript tests/reference/audit_tables/limits.R > tests/reference/audit_tables/limits.csv
suppressMessages(library(epitools))
tables <- list(c(8, 20, 6, 22), c(30, 188, 11, 174), c(3, 40, 9, 41), c(1, 15, 5, 12), c(50, 90, 20, 85))
cat("x,n,y,m,low,high,or,or_low,or_high\n")
for (t in tables) {
  p <- suppressWarnings(prop.test(t[c(1, 3)], t[c(2, 4)]))$conf.int
  m <- matrix(c(t[4] - t[3], t[3], t[2] - t[1], t[1]), 2, byrow = TRUE)
  o <- suppressWarnings(oddsratio.midp(m))$measure[2, ]
  cat(paste(c(t, sprintf("%.10g", c(p, o))), collapse = ","), "\n", sep = "")
}
