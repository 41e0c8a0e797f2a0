# Rscript effects.R (in this folder): weighted tests, effects by period, splines, weighted curves,
# standardised curves, and measures of prediction.
source("../followup/values.R"); suppressMessages({library(rms); library(mvtnorm)}); open_values("effects")
l <- lung[complete.cases(lung[, c("time", "status", "age", "sex", "ph.ecog", "ph.karno", "inst", "wt.loss")]), ]
d <- data.frame(time = l$time, event = l$status - 1, group = as.numeric(l$sex == 2), age = l$age, ecog = pmin(l$ph.ecog, 2), karno = l$ph.karno, wt = l$wt.loss, inst = l$inst)
set.seed(9); d$w <- round(runif(nrow(d), 0.2, 3), 3); store(d, "effects")
d$id <- seq_len(nrow(d)); y <- with(d, Surv(time, event))
# --- Fleming-Harrington, MaxCombo
pairs <- list(c(0, 0), c(0, 1), c(1, 0), c(1, 1))
hand <- function(entry = rep(-1, nrow(d)), stratum = rep(1, nrow(d))) {
  u <- rep(0, 4); V <- matrix(0, 4, 4)
  for (s in unique(stratum)) { S <- 1; for (t in sort(unique(d$time[d$event == 1 & stratum == s]))) {
    r <- d$time >= t & stratum == s; n <- sum(r); n1 <- sum(r & d$group == 1); dd <- d$event == 1 & d$time == t & stratum == s
    k <- sum(dd); k1 <- sum(dd & d$group == 1); w <- sapply(pairs, function(p) S^p[1] * (1 - S)^p[2])
    u <- u + w * (k1 - k * n1 / n); if (n > 1) V <- V + outer(w, w) * k * n1 / n * (1 - n1 / n) * (n - k) / (n - 1); S <- S * (1 - k / n) } }
  list(u = u, V = V, z = u / sqrt(diag(V)), R = cov2cor(V))
}
h <- hand(); say("fh_z", h$z); say("fh_cor", h$R)
set.seed(1); say("maxcombo_p", 1 - pmvnorm(rep(-max(abs(h$z)), 4), rep(max(abs(h$z)), 4), corr = h$R, algorithm = GenzBretz(maxpts = 5e6, abseps = 1e-8)))
hs <- hand(stratum = d$ecog); say("fh_strata_z", hs$z)
say("survdiff", c(survdiff(y ~ group, d)$chisq, survdiff(y ~ group, d, rho = 1)$chisq, survdiff(y ~ group + strata(ecog), d)$chisq))
# --- piecewise and by log time
s <- survSplit(Surv(time, event) ~ ., d, cut = c(180, 365), episode = "p")
for (ties in c("breslow", "efron")) {
  f <- coxph(Surv(tstart, time, event) ~ age + I(group * (p == 1)) + I(group * (p == 2)) + I(group * (p == 3)), s, ties = ties)
  say(paste0("piecewise_", ties), c(coef(f), sqrt(diag(vcov(f)))))
  C <- rbind(c(0, -1, 1, 0), c(0, -1, 0, 1)); g <- C %*% coef(f); say(paste0("piecewise_equal_", ties), t(g) %*% solve(C %*% vcov(f) %*% t(C)) %*% g)
  f <- coxph(y ~ age + group + tt(group), d, ties = ties, tt = function(x, t, ...) x * log(t)); say(paste0("logtime_", ties), c(coef(f), sqrt(diag(vcov(f)))))
}
# --- difference of survival and of restricted means
at <- c(100, 300, 500); k <- lapply(0:1, function(g) survfit(Surv(time, event) ~ 1, d[d$group == g, ]))
su <- lapply(k, function(f) summary(f, times = at, extend = TRUE)); say("difference", su[[2]]$surv - su[[1]]$surv); say("difference_se", sqrt(su[[1]]$std.err^2 + su[[2]]$std.err^2))
rm <- sapply(at, function(tau) sapply(k, function(f) summary(f, rmean = tau)$table[c("rmean", "se(rmean)")])); say("rmst_difference", rm[3, ] - rm[1, ]); say("rmst_se", sqrt(rm[2, ]^2 + rm[4, ]^2))
# --- restricted cubic splines
for (n in 3:5) { kn <- rcspline.eval(d$age, nk = n, knots.only = TRUE); say(paste0("knots_", n), kn); b <- rcspline.eval(d$age, knots = kn, inclx = TRUE); say(paste0("basis_", n), t(b[1:5, ]))
  f <- coxph(y ~ b + group, d, ties = "efron"); say(paste0("spline_", n), c(coef(f), f$loglik[2])); j <- 2:(n - 1)
  say(paste0("nonlinear_", n), t(coef(f)[j]) %*% solve(vcov(f)[j, j]) %*% coef(f)[j])
  x <- rcspline.eval(c(45, 60, 75), knots = kn, inclx = TRUE) - rcspline.eval(rep(62, 3), knots = kn, inclx = TRUE); v <- vcov(f)[1:(n - 1), 1:(n - 1)]
  say(paste0("spline_hr_", n), x %*% coef(f)[1:(n - 1)]); say(paste0("spline_se_", n), sqrt(diag(x %*% v %*% t(x)))) }
# --- weighted curves and tests
f <- survfit(y ~ 1, d, weights = w, id = id, robust = TRUE, conf.type = "log-log"); m <- f$n.event > 0
say("wkm_time", f$time[m]); say("wkm_surv", f$surv[m]); say("wkm_se", (if (f$logse) f$std.err * f$surv else f$std.err)[m]); say("wkm_risk", f$n.risk[m])
f <- survfit(y ~ 1, d, weights = w, cluster = inst, robust = TRUE); say("wkm_cluster_se", summary(f, times = at)$std.err)
f <- survfit(y ~ 1, d, cluster = inst, robust = TRUE); say("km_cluster_se", summary(f, times = at)$std.err)
say("weighted_logrank", summary(coxph(y ~ group, d, weights = w, robust = TRUE, ties = "breslow"))$robscore["test"])
say("cluster_logrank", summary(coxph(y ~ group, d, cluster = inst, ties = "breslow"))$robscore["test"])
say("three_arms", survdiff(y ~ ecog, d)$chisq)
pr <- combn(0:2, 2, function(g) survdiff(Surv(time, event) ~ ecog, d[d$ecog %in% g, ])$pvalue); say("pairwise", pr); say("pairwise_holm", p.adjust(pr, "holm"))
# --- standardised curves
f <- coxph(y ~ age + karno + group, d, ties = "breslow")
for (g in 0:1) { n <- d; n$group <- g; say(paste0("standardised_", g), rowMeans(summary(survfit(f, newdata = n, stype = 2, ctype = 1), times = at)$surv)) }
# --- propensity score
ps <- fitted(glm(group ~ age + karno + wt, binomial, d, control = glm.control(epsilon = 1e-14))); say("propensity", ps)
# --- prediction
f <- coxph(y ~ age + karno + group, d, ties = "efron"); lp <- predict(f, type = "lp")
say("harrell", concordance(y ~ lp, d, reverse = TRUE)$concordance); say("harrell_se", sqrt(concordance(y ~ lp, d, reverse = TRUE)$var))
for (tau in c(365, 500)) { u <- concordance(y ~ lp, d, reverse = TRUE, timewt = "n/G2", ymax = tau); say(paste0("uno_", tau), c(u$concordance, sqrt(u$var))) }
h <- basehaz(f, centered = FALSE); H <- h$hazard[findInterval(300, h$time)]
risk <- 1 - exp(-H * exp(as.matrix(d[, c("age", "karno", "group")]) %*% coef(f))); say("risk_300", risk)
g <- survfit(Surv(time + 1e-3 * (event == 0), 1 - event) ~ 1, d); G <- stepfun(g$time, c(1, g$surv)); Gm <- function(t) G(t - 1e-6)
wt <- ifelse(d$time <= 300 & d$event == 1, 1 / Gm(d$time), ifelse(d$time > 300, 1 / G(300.002), 0)); say("brier_300", mean(wt * ((d$time > 300) - (1 - risk))^2))
for (p in c(0.3, 0.5)) { pos <- risk > p; km <- summary(survfit(Surv(time, event) ~ 1, d[pos, ]), times = 300)$surv; say(paste0("net_", p), (1 - km) * mean(pos) - km * mean(pos) * p / (1 - p)) }
# --- ridge: half theta times the sum of squares of the standardised coefficients
X4 <- as.matrix(d[, c("age", "karno", "group", "wt")]); s4 <- apply(X4, 2, function(v) sqrt(mean((v - mean(v))^2))); Z4 <- scale(X4, TRUE, s4)
f <- coxph(y ~ ridge(Z4, theta = 20, scale = FALSE), control = coxph.control(eps = 1e-12, iter.max = 100, outer.max = 50)); say("ridge", coef(f) / s4)
# --- treatment by log time with events at time zero, whose logarithm is that of half the first time after
e <- d; e$time[e$time < 30] <- 0; first <- min(e$time[e$event == 1 & e$time > 0])
f <- coxph(Surv(time, event) ~ age + group + tt(group), e, ties = "efron", tt = function(x, t, ...) x * log(ifelse(t > 0, t, first / 2)))
say("logtime_zero", c(coef(f), sqrt(diag(vcov(f)))))
