# Values for tests/test_stats_propensity.py, test_stats_bootstrap.py and test_robustness_weighting.py.
# Rscript robustness.R > robustness.json      (R 4.2.2, survival 3.5-3; nothing else is needed)
suppressMessages(library(survival))
num <- function(x) paste0("[", paste(formatC(x, digits = 15, format = "g"), collapse = ", "), "]")
out <- list()

# propensity scores and weighted Cox models with the robust variance, on R's lung data
d <- na.omit(lung[, c("time", "status", "sex", "age", "ph.ecog", "wt.loss")])
d <- d[d$ph.ecog < 3, ]
d$arm <- as.numeric(d$sex == 2)
ps <- glm(arm ~ age + factor(ph.ecog) + wt.loss, binomial, d, control = glm.control(1e-14, 100))
e <- fitted(ps)
w <- list(overlap = ifelse(d$arm == 1, 1 - e, e), inverse = ifelse(d$arm == 1, 1 / e, 1 / (1 - e)))
for (column in c("time", "age", "ph.ecog", "wt.loss", "arm")) out[[column]] <- num(d[[column]])
out$event <- num(as.numeric(d$status == 2))
out$score <- num(e)
for (kind in names(w)) for (ties in c("breslow", "efron")) {
  fit <- coxph(Surv(time, status == 2) ~ arm, d, weights = w[[kind]], ties = ties, robust = TRUE,
               control = coxph.control(eps = 1e-12, iter.max = 50))
  out[[paste(kind, ties, sep = "_")]] <- num(c(coef(fit), sqrt(diag(fit$var))))
}
out$effective <- num(sapply(w, function(x) tapply(x, d$arm, function(v) sum(v)^2 / sum(v^2))))

# landmark: those beyond day 180, time counted from there
late <- subset(d, time > 180)
fit <- coxph(Surv(time - 180, status == 2) ~ arm + age + factor(ph.ecog) + wt.loss, late,
             ties = "efron", control = coxph.control(eps = 1e-12, iter.max = 50))
out$landmark <- num(c(nrow(late), coef(fit)["arm"], sqrt(fit$var[1, 1])))

# Efron's BCa limits by his formulae, with interpolation on the normal scale as boot.ci has it
bca <- function(t, t0, jack, level) {
  L <- mean(jack) - jack
  a <- sum(L^3) / (6 * sum(L^2)^1.5)
  z0 <- qnorm(mean(t < t0))
  z <- z0 + qnorm(c((1 - level) / 2, (1 + level) / 2))
  norm.inter(t, pnorm(z0 + z / (1 - a * z)))
}
norm.inter <- function(t, alpha) {
  t <- sort(t); R <- length(t); rk <- (R + 1) * alpha; k <- trunc(rk)
  sapply(seq_along(alpha), function(i) {
    if (k[i] == rk[i]) return(t[k[i]])
    p <- qnorm(alpha[i]); p1 <- qnorm(k[i] / (R + 1)); p2 <- qnorm((k[i] + 1) / (R + 1))
    t[k[i]] + (p - p1) / (p2 - p1) * (t[k[i] + 1] - t[k[i]])
  })
}
x <- c(0.2, 1.1, 1.7, 2.9, 3.1, 4.4, 6.0, 9.5, 14.2)      # the mean of a skewed sample
set.seed(1)
t <- replicate(999, mean(sample(x, replace = TRUE)))
jack <- sapply(seq_along(x), function(i) mean(x[-i]))
out$sample <- num(x); out$draws <- num(t)
out$bca <- num(bca(t, mean(x), jack, 0.95))
out$percentile <- num(norm.inter(t, c(0.025, 0.975)))

cat("{", paste0('"', names(out), '": ', unlist(out), collapse = ",\n "), "}\n", sep = "\n")
