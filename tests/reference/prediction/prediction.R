# Rscript prediction.R (in this folder): penalised paths, calibration curves, optimism of given
# resamples, and measures of prediction where events compete.
source("../followup/values.R"); suppressMessages({library(survival); library(rms); library(glmnet); library(riskRegression); library(prodlim)})
open_values("prediction")
d <- read.csv("../effects/effects.csv"); y <- with(d, Surv(time, event)); n <- nrow(d)
# --- penalised paths of times without ties: at ties glmnet 4.1-6 is neither Breslow nor Efron
y1 <- with(d, Surv(time + (seq_len(n) - 1) / 1000, event))
x <- as.matrix(d[, c("age", "karno", "group", "wt")]); l <- c(0.2, 0.08, 0.02)
for (a in c(1, 0.5, 0)) { g <- glmnet(x, y1, family = "cox", alpha = a, lambda = l, thresh = 1e-15, maxit = 1e7); say(paste0("glmnet_", a), as.matrix(g$beta)) }
# --- baseline hazard of stated coefficients: the breslow estimate
b <- c(0.02, -0.01, -0.4, 0.005); f <- coxph(y ~ x, init = b, iter = 0, ties = "breslow"); h <- basehaz(f, centered = FALSE)
say("baseline_300", max(h$hazard[h$time <= 300]))
# --- calibration curve: spline of the complementary log-log with three knots
f <- coxph(y ~ age + karno + group, d, ties = "breslow"); at <- 300
risk_of <- function(f, new, at) { h <- basehaz(f, centered = FALSE); 1 - exp(-max(0, h$hazard[h$time <= at]) * exp(as.matrix(new[, names(coef(f))]) %*% coef(f))) }
curve_of <- function(time, event, risk, grid, at) { z <- log(-log(1 - risk)); k <- rcspline.eval(z, nk = 3, knots.only = TRUE); B <- rcspline.eval(z, knots = k, inclx = TRUE)
  s <- coxph(Surv(time, event) ~ B, ties = "breslow"); h <- basehaz(s, centered = FALSE); H <- max(h$hazard[h$time <= at]); 1 - exp(-H * exp(rcspline.eval(log(-log(1 - grid)), knots = k, inclx = TRUE) %*% coef(s))) }
grid <- c(0.4, 0.5, 0.6); say("curve", curve_of(d$time, d$event, as.vector(risk_of(f, d, at)), grid, at))
# --- optimism of five given resamples: row i of resample k is patient (k i^2 + i) modulo n
km_at <- function(time, event, at) 1 - summary(survfit(Surv(time, event) ~ 1), times = at, extend = TRUE)$surv
judge <- function(f, e) { lp <- as.vector(as.matrix(e[, names(coef(f))]) %*% coef(f)); r <- as.vector(risk_of(f, e, at)); s <- Surv(e$time, e$event)
  c(concordance(s ~ lp, reverse = TRUE)$concordance, concordance(s ~ lp, reverse = TRUE, timewt = "n/G2", ymax = at)$concordance, coef(coxph(s ~ lp, ties = "breslow")), km_at(e$time, e$event, at) / mean(r)) }
gap <- sapply(1:5, function(k) { rows <- (k * (1:n)^2 + (1:n)) %% n + 1; e <- d[rows, ]; m <- coxph(Surv(time, event) ~ age + karno + group, e, ties = "breslow"); judge(m, e) - judge(m, d) })
say("apparent", judge(f, d)); say("optimism", rowMeans(gap))
# --- where events compete: a Fine-Gray model of malignancy, judged at 100 months
m <- read.csv("../competing/competing.csv"); m$id <- seq_len(nrow(m)); m$state <- factor(m$cause, 0:2, c("censored", "one", "two")); at <- 100
fg <- finegray(Surv(time, state) ~ ., m, etype = "one"); v <- c("age", "male", "mspike", "hgb")
f <- coxph(Surv(fgstart, fgstop, fgstatus) ~ age + male + mspike + hgb, fg, weights = fgwt, ties = "breslow")
h <- basehaz(f, centered = FALSE); lp <- as.vector(as.matrix(m[, v]) %*% coef(f)); r <- 1 - exp(-max(h$hazard[h$time <= at]) * exp(lp)); say("fg_risk", r)
sc <- Score(list(fg = matrix(r, ncol = 1)), formula = Hist(time, cause) ~ 1, data = m, times = at, cause = 1, metrics = "brier", null.model = FALSE, se.fit = FALSE, cens.model = "km")
say("fg_brier", sc$Brier$score$Brier)
# Wolbers's C: who had the other event never has this one; its weighted form up to the horizon, pair by pair
g <- prodlim(Hist(time, cause != 0) ~ 1, m, reverse = TRUE); Gm <- function(t) { i <- findInterval(t, g$time, left.open = TRUE); c(1, g$surv)[i + 1] }
num <- den <- wnum <- wden <- 0
for (i in which(m$cause == 1)) for (j in seq_len(nrow(m))) { if (i == j) next
  later <- m$time[j] > m$time[i] || (m$time[j] == m$time[i] && m$cause[j] == 0); other <- m$cause[j] == 2
  s <- (lp[i] > lp[j]) + 0.5 * (lp[i] == lp[j])
  if (later || other) { num <- num + s; den <- den + 1 }
  if (m$time[i] <= at) { w <- if (later) Gm(m$time[i])^-2 else if (other) 1 / (Gm(m$time[i]) * Gm(m$time[j])) else 0; wnum <- wnum + w * s; wden <- wden + w } }
say("fg_c", c(num / den, wnum / wden))
aj <- function(e) { s <- survfit(Surv(time, state) ~ 1, e); c(summary(s, times = at, extend = TRUE)$pstate)[s$states == "one"] }
for (t in c(0.03, 0.06)) { e <- m[r > t, ]; p <- aj(e); say(paste0("fg_net_", t), nrow(e) / nrow(m) * (p - (1 - p) * t / (1 - t))) }
say("fg_all_0.03", { p <- aj(m); p - (1 - p) * 0.03 / 0.97 })
