# Rscript imputation.R (in this folder): Rubin's rules, Nelson-Aalen, and mice itself.
source("../followup/values.R"); suppressMessages({library(mice); library(mitools)}); open_values("imputation")
set.seed(11); n <- 300
d <- data.frame(arm = rbinom(n, 1, 0.5), age = rnorm(n), marker = rnorm(n))
d$ecog <- rbinom(n, 1, plogis(0.5 * d$age)); d$stage <- sample(0:2, n, TRUE, c(0.5, 0.3, 0.2)); d$marker <- d$marker + 0.5 * d$ecog
t <- rexp(n, exp(0.5 * d$age + 0.6 * d$ecog + 0.5 * d$marker + 0.3 * (d$stage == 2) - 0.5 * d$arm) / 12); c <- runif(n, 4, 40)
d$time <- round(pmin(t, c), 2) + 0.01; d$event <- as.numeric(t <= c)
full <- d; lose <- function(p) runif(n) < p
d$marker[lose(plogis(-1 + 0.8 * d$event))] <- NA; d$ecog[lose(0.2)] <- NA; d$stage[lose(0.15)] <- NA
d$age <- round(d$age, 3); d$marker <- round(d$marker, 3); store(d, "imputation")
f <- survfit(Surv(time, event) ~ 1, d); say("nelson_aalen", f$cumhaz[match(d$time, f$time)])
m <- d; m$na <- nelsonaalen(m, time, event); m$ecog <- factor(m$ecog); m$stage <- factor(m$stage); m$time <- NULL
imp <- mice(m, m = 60, maxit = 10, seed = 1, printFlag = FALSE, method = c("", "", "pmm", "logreg", "polyreg", "", ""))
fits <- lapply(seq_len(60), function(i) { x <- complete(imp, i); x$time <- d$time
  coxph(Surv(time, event) ~ arm + age + marker + ecog + stage, x, ties = "efron") })
say("mice_estimates", sapply(fits, coef)); say("mice_covariances", sapply(fits, vcov))
p <- pool(as.mira(fits)); s <- summary(p)
say("pooled", c(s$estimate, s$std.error, s$df, s$p.value)); say("pooled_fmi", p$pooled$fmi); say("pooled_riv", p$pooled$riv); say("pooled_lambda", p$pooled$lambda)
say("pooled_dfcom", p$pooled$dfcom[1])
c2 <- MIcombine(lapply(fits, coef), lapply(fits, vcov)); say("mitools", c(coef(c2), sqrt(diag(vcov(c2))), c2$df))
few <- MIcombine(lapply(fits[1:5], coef), lapply(fits[1:5], vcov)); say("mitools_few", c(coef(few), sqrt(diag(vcov(few))), few$df))
full_fit <- coxph(Surv(time, event) ~ arm + age + marker + factor(ecog) + factor(stage), full, ties = "efron"); say("full", coef(full_fit))
cc <- coxph(Surv(time, event) ~ arm + age + marker + factor(ecog) + factor(stage), d, ties = "efron"); say("complete", coef(cc))
# D1 by its published formula
k <- 2; M <- 60; j <- 5:6; Q <- sapply(fits, coef)[j, ]; U <- Reduce(`+`, lapply(fits, function(f) vcov(f)[j, j])) / M; B <- cov(t(Q))
r <- (1 + 1 / M) * sum(diag(B %*% solve(U))) / k; q <- rowMeans(Q); F <- c(t(q) %*% solve(U) %*% q) / (k * (1 + r)); v <- k * (M - 1)
w <- 4 + (v - 4) * (1 + (1 - 2 / v) / r)^2; say("d1", c(F, w, pf(F, k, w, lower.tail = FALSE)))
