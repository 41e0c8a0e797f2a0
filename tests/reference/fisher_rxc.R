# Random tables larger than 2x2 and R's exact P: Rscript fisher_rxc.R > fisher_rxc.csv
set.seed(7)
cat("rows,columns,counts,p\n")
for (i in 1:70) {
  r <- sample(2:4, 1); c <- sample(3:5, 1); n <- sample(c(10, 30, 52, 100), 1)
  if (r >= 3 && c >= 4) n <- min(n, 40)
  counts <- matrix(tabulate(sample(r * c, n, TRUE, prob = rexp(r * c)), r * c), r)
  if (any(rowSums(counts) == 0) || any(colSums(counts) == 0)) next
  p <- fisher.test(counts, workspace = 2e7)$p.value
  cat(r, c, paste(t(counts), collapse = " "), format(p, digits = 15), sep = ",")
  cat("\n")
}
