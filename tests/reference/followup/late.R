# Rscript late.R (in this folder): what reports print of the cohort of entry.csv, whose patients enter late.
source("values.R"); suppressMessages({library(rms); library(etm)}); open_values("late")
d <- read.csv(file.path(here, "entry.csv")); y <- with(d, Surv(entry, time, event))
# --- curves of all and by arm, with the limits of R's default
for (group in c("overall", "0", "1")) {
  part <- if (group == "overall") d else d[d$arm == group, ]
  f <- survfit(Surv(entry, time, event) ~ 1, part)
  say(paste0("median_", group), summary(f)$table[c("median", "0.95LCL", "0.95UCL")])
  s <- summary(f, times = c(6, 12)); say(paste0("survival_", group), c(s$surv, s$lower, s$upper))
  r <- survfit(Surv(entry, time, 1 - event) ~ 1, part)
  say(paste0("follow_up_", group), summary(r)$table[c("median", "0.95LCL", "0.95UCL")])
  at <- c(0, 6, 12, 24); say(paste0("n_risk_", group), sapply(at, function(t) sum((part$entry < t | (t == 0 & part$entry == 0)) & part$time >= t)))
  say(paste0("rmean_", group), summary(f, rmean = 20)$table[c("rmean", "se(rmean)")])
}
# --- log-rank tests of k groups: observed less expected, with the hypergeometric variance
hand <- function(entry, time, event, group, stratum = rep(1, length(time))) {
  g <- sort(unique(group)); u <- 0 * seq_along(g); v <- diag(u)
  for (s in unique(stratum)) for (t in sort(unique(time[event == 1 & stratum == s]))) {
    r <- entry < t & time >= t & stratum == s; m <- sum(r); n <- sapply(g, function(one) sum(r & group == one))
    dies <- event == 1 & time == t & stratum == s; k <- sapply(g, function(one) sum(dies & group == one))
    u <- u + k - sum(k) * n / m
    if (m > 1) v <- v + sum(k) * (m - sum(k)) / (m - 1) * (diag(n / m) - outer(n / m, n / m))
  }
  drop(u[-1] %*% solve(v[-1, -1], u[-1]))
}
say("logrank", with(d, hand(entry, time, event, arm))); say("logrank_strata", with(d, hand(entry, time, event, arm, stratum)))
say("logrank_stages", with(d, hand(entry, time, event, stratum)))
for (pair in list(c(1, 2), c(1, 3), c(2, 3))) say(paste0("logrank_", pair[1], pair[2]), with(d[d$stratum %in% pair, ], hand(entry, time, event, stratum)))
say("logrank_mutant", with(d[d$x2 == 1, ], hand(entry, time, event, arm)))
# --- models, Efron's ties
hr <- function(fit, name) { s <- summary(fit); c(s$conf.int[name, c(1, 3, 4)], s$coefficients[name, ncol(s$coefficients)]) }
say("hr_crude", hr(coxph(y ~ arm, d), "arm"))
fit <- coxph(y ~ x1 + x2 + arm, d)
for (name in c("x1", "x2", "arm")) say(paste0("hr_", name), hr(fit, name))
say("concordance", fit$concordance["concordance"]); say("lr", 2 * diff(fit$loglik))
say("zph", cox.zph(fit)$table[, "chisq"]); say("dfbetas", residuals(fit, "dfbetas")[1:10, 3])
say("hr_strata", hr(coxph(y ~ arm + strata(stratum), d), "arm")); say("hr_cluster", hr(coxph(y ~ arm, d, cluster = centre), "arm"))
say("hr_strata_adjusted", hr(coxph(y ~ x1 + x2 + arm + strata(stratum), d), "arm"))
for (level in 0:1) say(paste0("hr_x2_", level), hr(coxph(Surv(entry, time, event) ~ arm, d[d$x2 == level, ]), "arm"))
both <- coxph(y ~ x2 * arm, d); say("interaction", coef(both)["x2:arm"]^2 / vcov(both)["x2:arm", "x2:arm"])
stages <- coxph(y ~ factor(stratum), d); for (k in 1:2) say(paste0("hr_stage_", k + 1), hr(stages, k))
# --- checks: without one patient, at a landmark of three months (who is at risk there), splines
say("hr_without_1", hr(coxph(Surv(entry, time, event) ~ x1 + x2 + arm, d[-1, ]), "arm"))
say("hr_x2_only", hr(coxph(y ~ x2 + arm, d), "arm"))
say("hr_landmark", hr(coxph(Surv(time - 3, event) ~ arm, d[d$time > 3 & d$entry <= 3, ]), "arm"))
s <- coxph(y ~ rcs(x1, 4) + x2 + arm, d); b <- 2:3
say("spline_nonlinearity", coef(s)[b] %*% solve(vcov(s)[b, b], coef(s)[b]))
for (t in c(6, 12)) { s <- lapply(0:1, function(a) summary(survfit(Surv(entry, time, event) ~ 1, d[d$arm == a, ]), times = t))
  say(paste0("difference_", t), c(s[[2]]$surv - s[[1]]$surv, sqrt(s[[1]]$std.err^2 + s[[2]]$std.err^2))) }
# --- effects that may change with time: Fleming-Harrington tests by hand, periods, log time, differences
fh <- function(rho, gamma) {
  u <- 0; v <- 0; s <- 1
  for (t in sort(unique(d$time[d$event == 1]))) {
    r <- d$entry < t & d$time >= t; m <- sum(r); m1 <- sum(r & d$arm == 1); dies <- d$event == 1 & d$time == t
    k <- sum(dies); w <- s^rho * (1 - s)^gamma
    u <- u + w * (sum(dies & d$arm == 1) - k * m1 / m); if (m > 1) v <- v + w^2 * k * (m1 / m) * (1 - m1 / m) * (m - k) / (m - 1)
    s <- s * (1 - k / m)
  }
  u / sqrt(v)
}
say("fleming_harrington", c(fh(0, 0), fh(1, 0), fh(0, 1), fh(1, 1)))
cut <- survSplit(Surv(entry, time, event) ~ ., d, cut = c(6, 12), episode = "period")
p <- coxph(Surv(entry, time, event) ~ arm:factor(period), cut); ci <- summary(p)$conf.int
say("hr_period", t(ci[, c(1, 3, 4)])); b <- coef(p); g <- rbind(c(-1, 1, 0), c(-1, 0, 1))
say("equal_periods", drop((g %*% b)) %*% solve(g %*% vcov(p) %*% t(g), drop(g %*% b)))
l <- coxph(y ~ arm + tt(arm), d, tt = function(x, t, ...) x * log(t))
say("log_time", exp(log(2) * (coef(l)[2] + c(0, -1, 1) * qnorm(0.975) * sqrt(vcov(l)[2, 2]))))
for (t in c(6, 12)) { s <- lapply(0:1, function(a) summary(survfit(Surv(entry, time, event) ~ 1, d[d$arm == a, ]), rmean = t)$table[c("rmean", "se(rmean)")])
  say(paste0("restricted_", t), c(s[[2]][1] - s[[1]][1], sqrt(s[[1]][2]^2 + s[[2]][2]^2))) }
# --- events that compete: every seventh patient has the second, of the others who had it every second
i <- seq_len(nrow(d)) - 1; d$cause <- ifelse(i %% 7 == 0, 2, i %% 2)
tra <- matrix(FALSE, 3, 3); tra[1, 2:3] <- TRUE
for (a in 0:1) {
  part <- d[d$arm == a, ]
  long <- with(part, data.frame(id = id, from = 0, to = ifelse(cause == 0, "cens", cause), entry = entry, exit = time))
  e <- etm(long, c("0", "1", "2"), tra, "cens", 0)
  for (j in 1:2) { s <- summary(e, ci.fun = "cloglog")[[paste("0", j)]]; k <- findInterval(c(6, 12), s$time)
    say(paste("incidence", a, j, sep = "_"), c(s$P[k], s$lower[k], s$upper[k])) }
}
for (j in 1:2) { say(paste0("cause_", j), hr(coxph(Surv(entry, time, cause == j) ~ arm, d), "arm"))
  say(paste0("cause_adjusted_", j), hr(coxph(Surv(entry, time, cause == j) ~ x1 + x2 + arm, d), "arm")) }
# --- Fine-Gray models with Geskus' weights (finegray), both kinds of ties
d$f <- factor(d$cause, 0:2, c("censor", "1", "2"))
for (j in 1:2) {
  g <- finegray(Surv(entry, time, f) ~ ., d, etype = as.character(j), id = id)
  z <- Surv(g$fgstart, g$fgstop, g$fgstatus)
  say(paste0("fine_gray_", j), hr(coxph(z ~ arm, g, weights = fgwt, cluster = id), "arm"))
  for (ties in c("efron", "breslow")) {
    fit <- coxph(z ~ x1 + x2 + arm, g, weights = fgwt, cluster = id, ties = ties)
    say(paste("fine_gray_adjusted", j, ties, sep = "_"), c(coef(fit), sqrt(diag(vcov(fit))), fit$loglik))
  }
  say(paste0("fine_gray_adjusted_", j), hr(coxph(z ~ x1 + x2 + arm, g, weights = fgwt, cluster = id), "arm"))
}
# --- the Nelson-Aalen estimate of those at risk, at each patient's time (from which values are imputed)
f <- survfit(y ~ 1, d); say("nelson_aalen", f$cumhaz[match(d$time, f$time)])
