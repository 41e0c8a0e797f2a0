# Rscript registry.R patients.csv OUTPUT_FOLDER: load, tabulate, curves, log-rank, Cox, one figure.
suppressPackageStartupMessages(library(survival))
given <- commandArgs(trailingOnly = TRUE)
d <- read.csv(given[1], stringsAsFactors = TRUE)
d$arm <- factor(d$arm); d$ecog <- factor(d$ecog)
for (v in c("age", "bmi", "albumin")) {
  tapply(d[[v]], d$arm, quantile, c(0.5, 0, 1)); wilcox.test(d[[v]] ~ d$arm, exact = FALSE)$p.value
}
for (v in c("sex", "stage", "ecog", "smoker", "region"))
  chisq.test(table(d[[v]], d$arm), correct = FALSE)$p.value
y <- Surv(d$os_days, d$os_event)
curves <- survfit(y ~ d$arm, conf.type = "log")
test <- survdiff(y ~ d$arm)
for (v in c("arm", "age", "albumin", "sex", "stage", "ecog", "smoker"))
  coxph(as.formula(paste("y ~", v)), d)
full <- coxph(y ~ arm + age + albumin + sex + stage + ecog + smoker, d)
cox.zph(full)
svg(file.path(given[2], "km.svg"), 6.7, 4); plot(curves, conf.int = TRUE, mark.time = TRUE)
invisible(dev.off())
cat(format(coef(full)[1], digits = 15), "\n")
