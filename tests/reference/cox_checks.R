# What the plots of cox.zph show, and dfbetas: Rscript cox_checks.R > cox_checks.csv
# Covariates of veteran.csv: karno, age and prior; the curve is that of plot.cox.zph (df = 4).
suppressMessages({library(survival); library(splines)})
d <- read.csv("veteran.csv")
d$prior <- as.numeric(d$prior == "yes")
cat("ties,what,term,place,value\n")
show <- function(ties, what, term, values)
  cat(sprintf("%s,%s,%s,%d,%.15g\n", ties, what, term, seq_along(values), values), sep = "")
for (ties in c("breslow", "efron")) {
  fit <- coxph(Surv(time, event) ~ karno + age + prior, d, ties = ties,
               control = coxph.control(eps = 1e-12, iter.max = 100))
  z <- cox.zph(fit, transform = "km")
  x <- z$x; grid <- seq(min(x), max(x), length = 40)
  basis <- ns(c(grid, x), df = 4, intercept = TRUE)
  p <- basis[1:40, ]; q <- qr(basis[-(1:40), ])
  bk <- backsolve(q$qr[1:4, 1:4], diag(4)); spread <- rowSums((p %*% bk %*% t(bk)) * p)
  for (i in seq_len(ncol(z$y))) {
    show(ties, "smooth", colnames(z$y)[i], p %*% qr.coef(q, z$y[, i]))
    show(ties, "smooth_se", colnames(z$y)[i], sqrt(z$var[i, i] * spread))
  }
  dfb <- residuals(fit, type = "dfbetas")
  for (i in 1:3) show(ties, "dfbetas", names(coef(fit))[i], dfb[, i])
}
