# Rscript registry.R patients.csv > registry.csv: 100,000 patients of benchmarks/ (R 4.2.2,
# survival 3.5-3).
suppressPackageStartupMessages(library(survival))
d <- read.csv(commandArgs(trailingOnly = TRUE)[1], stringsAsFactors = TRUE)
d$arm <- factor(d$arm); d$ecog <- factor(d$ecog)
say <- function(what, name, values)
  cat(paste(what, name, format(values, digits = 17, trim = TRUE), sep = ","), sep = "\n")
cat("what,name,value\n")
for (e in c("os", "pfs")) {
  y <- Surv(d[[paste0(e, "_days")]] / 30.4375, d[[paste0(e, "_event")]])
  curve <- summary(survfit(y ~ arm, d, conf.type = "log"))$table
  for (column in c("records", "events", "median", "0.95LCL", "0.95UCL"))
    say(paste0(e, "_", column), c("0", "1"), unname(curve[, column]))
  say(paste0(e, "_logrank"), "chi2", survdiff(y ~ arm, d)$chisq)
  fit <- coxph(y ~ age + albumin + sex + stage + ecog + smoker + arm, d, ties = "efron")
  say(paste0(e, "_coef"), names(coef(fit)), unname(coef(fit)))
  say(paste0(e, "_se"), names(coef(fit)), unname(sqrt(diag(vcov(fit)))))
  test <- cox.zph(fit)$table
  say(paste0(e, "_zph"), rownames(test), unname(test[, "chisq"]))
}
