# Rscript competing.R (in this folder): cumulative incidence, Gray's test, Fine-Gray models.
source("../followup/values.R"); suppressMessages({library(cmprsk); library(etm)}); open_values("competing")
m <- mgus2[complete.cases(mgus2[, c("age", "hgb", "mspike", "creat")]), ]
set.seed(4); m <- m[sort(sample(nrow(m), 320)), ]
d <- data.frame(time = with(m, ifelse(pstat == 1, ptime, futime)), cause = with(m, ifelse(pstat == 1, 1, 2 * death)))
d$age <- m$age / 10; d$male <- as.numeric(m$sex == "M"); d$mspike <- m$mspike; d$hgb <- m$hgb
d$group <- cut(m$creat, c(-1, 0.9, 1.1, 99), labels = FALSE); d$stratum <- as.numeric(m$age > 70)
d$exact <- round(d$time + 1 + (order(order(runif(nrow(d)))) / 1000), 3)  # the same without a tie
store(d, "competing")
# Aalen-Johansen: survfit for the estimate, etm for the Greenwood variance
tra <- matrix(FALSE, 3, 3); tra[1, 2:3] <- TRUE
for (which in c("time", "exact")) {
  t <- if (which == "time") d$time + 0.5 else d$exact  # etm wants times above 0
  long <- data.frame(id = seq_along(t), from = 0, to = ifelse(d$cause == 0, "cens", d$cause), time = t)
  e <- etm(long, c("0", "1", "2"), tra, "cens", 0)
  at <- c(12, 60, 120, 240, 300) + 0.6
  for (j in 1:2) {
    s <- summary(e, ci.fun = "cloglog")[[paste("0", j)]]; k <- findInterval(at, s$time)
    say(paste("aj", which, j, sep = "_"), s$P[k]); say(paste("aj", which, j, "var", sep = "_"), s$var[k])
    say(paste("aj", which, j, "low", sep = "_"), s$lower[k]); say(paste("aj", which, j, "high", sep = "_"), s$upper[k])
  }
  f <- survfit(Surv(t, factor(d$cause)) ~ 1)
  say(paste("aj", which, "survfit", sep = "_"), summary(f, times = at)$pstate[, 2:3])
  for (g in c("male", "group")) {
    x <- cuminc(t, d$cause, d[[g]], cencode = 0); say(paste("gray", which, g, sep = "_"), x$Tests[, "stat"])
    x <- cuminc(t, d$cause, d[[g]], d$stratum, cencode = 0); say(paste("gray", which, g, "strata", sep = "_"), x$Tests[, "stat"])
    x <- cuminc(t, d$cause, d[[g]], cencode = 0, rho = 1); say(paste("gray", which, g, "rho1", sep = "_"), x$Tests[, "stat"])
  }
}
x <- as.matrix(d[, c("age", "male", "mspike")])
for (which in c("time", "exact")) for (j in 1:2) {
  t <- if (which == "time") d$time + 0.5 else d$exact
  d$f <- factor(d$cause, 0:2, c("censor", "one", "two")); d$t <- t; d$id <- seq_along(t)
  g <- finegray(Surv(t, f) ~ ., d, etype = c("one", "two")[j])
  say(paste("fg", which, j, "rows", sep = "_"), c(nrow(g), sum(g$fgwt), sum(g$fgwt * (g$fgstop - g$fgstart))))
  for (ties in c("breslow", "efron")) {
    fit <- coxph(Surv(fgstart, fgstop, fgstatus) ~ age + male + mspike, g, weights = fgwt, cluster = id, ties = ties)
    say(paste("fg", which, j, ties, sep = "_"), c(coef(fit), sqrt(diag(vcov(fit))), fit$loglik))
    cs <- coxph(Surv(t, cause == j) ~ age + male + mspike, d, ties = ties)
    say(paste("cs", which, j, ties, sep = "_"), c(coef(cs), sqrt(diag(vcov(cs)))))
  }
  # censoring by stratum: finegray ends a stratum's rows at its own last time, so the weights are
  # written out here, with the chance not to be censored carried on
  last <- max(t[d$cause == j]); rows <- NULL
  for (s in 0:1) {
    k <- d$stratum == s; f <- survfit(Surv(t[k] + ifelse(d$cause[k] == 0, 1e-4, 0), d$cause[k] == 0) ~ 1)
    G <- stepfun(f$time, c(1, f$surv))
    for (i in which(k)) {
      one <- d[i, c("id", "age", "male", "mspike")]
      rows <- rbind(rows, cbind(one, from = 0, to = t[i], status = as.numeric(d$cause[i] == j), w = 1))
      if (d$cause[i] %in% setdiff(1:2, j) && t[i] < last) {
        cuts <- sort(unique(round(c(t[i], f$time[f$n.event > 0 & f$time > t[i] & f$time < last] - 1e-4, last), 6)))
        m <- length(cuts); w <- G(cuts[-m] + 2e-4) / G(t[i] - 1e-5)
        rows <- rbind(rows, cbind(one[rep(1, m - 1), ], from = cuts[-m], to = cuts[-1], status = 0, w = w))
      }
    }
  }
  fit <- coxph(Surv(from, to, status) ~ age + male + mspike, rows[rows$w > 0, ], weights = w, cluster = id, ties = "breslow", timefix = FALSE)
  say(paste("fg", which, j, "strata", sep = "_"), c(coef(fit), sqrt(diag(vcov(fit)))))
  say(paste("crr", which, j, "cengroup", sep = "_"), crr(t, d$cause, x, failcode = j, cengroup = d$stratum, gtol = 1e-10, maxiter = 50)$coef)
  crr <- crr(t, d$cause, x, failcode = j, gtol = 1e-10, maxiter = 50)
  say(paste("crr", which, j, sep = "_"), c(crr$coef, sqrt(diag(crr$var))))
}
