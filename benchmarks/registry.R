# Rscript registry.R patients.csv OUTPUT_FOLDER: load, tabulate, curves, log-rank, Cox, one figure;
# prints what,name,value.
suppressPackageStartupMessages(library(survival))
given <- commandArgs(trailingOnly = TRUE)
d <- read.csv(given[1], stringsAsFactors = TRUE)
d$arm <- factor(d$arm); d$ecog <- factor(d$ecog)
for (v in c("age", "bmi", "albumin")) {
  tapply(d[[v]], d$arm, quantile, c(0.5, 0, 1)); wilcox.test(d[[v]] ~ d$arm, exact = FALSE)$p.value
}
for (v in c("sex", "stage", "ecog", "smoker", "region"))
  chisq.test(table(d[[v]], d$arm), correct = FALSE)$p.value
say <- function(what, name, values)
  cat(paste(what, name, format(values, digits = 17, trim = TRUE), sep = ","), sep = "\n")
y <- Surv(d$os_days / 30.4375, d$os_event)
curves <- survfit(y ~ d$arm, conf.type = "log")
for (v in c("median", "0.95LCL", "0.95UCL"))
  say(v, levels(d$arm), unname(summary(curves)$table[, v]))
say("logrank", "chi2", survdiff(y ~ d$arm)$chisq)
for (v in c("arm", "age", "albumin", "sex", "stage", "ecog", "smoker"))
  coxph(as.formula(paste("y ~", v)), d)
full <- coxph(y ~ arm + age + albumin + sex + stage + ecog + smoker, d)
say("coef", names(coef(full)), unname(coef(full)))
say("se", names(coef(full)), unname(sqrt(diag(vcov(full)))))
test <- cox.zph(full)$table
say("zph", rownames(test), unname(test[, "chisq"]))
svg(file.path(given[2], "km.svg"), 6.7, 4); plot(curves, conf.int = TRUE, mark.time = TRUE)
invisible(dev.off())
