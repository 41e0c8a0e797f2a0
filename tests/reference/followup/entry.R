# Rscript entry.R (in this folder): left truncation, clusters, a treatment that begins in follow-up.
source("values.R"); open_values("entry")
# --- a cohort with late entries, ties, strata and centres
set.seed(20); n <- 240
d <- data.frame(id = 1:n, x1 = round(rnorm(n), 2), x2 = rbinom(n, 1, 0.4), stratum = sample(1:3, n, TRUE),
                centre = sample(1:15, n, TRUE), w = round(runif(n, 0.3, 2.5), 2))
d$entry <- round(rbinom(n, 1, 0.7) * rexp(n, 1 / 4)); d$arm <- rbinom(n, 1, 0.5)
d$time <- d$entry + ceiling(rexp(n, exp(0.4 * d$x1 - 0.3 * d$arm) / 14)); d$event <- rbinom(n, 1, 0.65)
store(d, "entry")
y <- with(d, Surv(entry, time, event))
f <- survfit(y ~ 1, d, conf.type = "log-log")
for (part in c("time", "n.risk", "n.event", "surv", "std.err", "lower", "upper"))
  say(paste0("km_", part), if (part == "std.err") f$std.err * f$surv else f[[part]])
q <- quantile(f, 0.5); say("km_median", c(q$quantile, q$lower, q$upper))
for (ties in c("breslow", "efron")) {
  say_fit <- function(name, fit, robust = FALSE) {
    say(paste0(name, "_", ties, "_coef"), coef(fit)); say(paste0(name, "_", ties, "_se"), sqrt(diag(vcov(fit))))
    say(paste0(name, "_", ties, "_loglik"), fit$loglik)
    say(paste0(name, "_", ties, "_score"), fit$score)
  }
  fit <- coxph(y ~ x1 + x2 + arm, d, ties = ties); say_fit("cox", fit)
  say(paste0("cox_", ties, "_concordance"), fit$concordance[c("concordance", "std")])
  say(paste0("cox_", ties, "_martingale"), residuals(fit)[1:20])
  say(paste0("cox_", ties, "_dfbeta"), t(residuals(fit, "dfbeta")[1:10, ]))
  say(paste0("cox_", ties, "_zph"), cox.zph(fit)$table[, "chisq"])
  h <- basehaz(fit, centered = FALSE); h <- h[h$time %in% d$time[d$event == 1], ]
  say(paste0("cox_", ties, "_basehaz"), h$hazard)
  say_fit("strata", coxph(y ~ x1 + x2 + arm + strata(stratum), d, ties = ties))
  say_fit("weights", coxph(y ~ x1 + x2 + arm, d, ties = ties, weights = w, cluster = centre))
  say_fit("cluster", coxph(y ~ x1 + x2 + arm + strata(stratum), d, ties = ties, cluster = centre))
  say_fit("plain_cluster", coxph(Surv(time, event) ~ x1 + x2 + arm, d, ties = ties, cluster = centre))
}
# log-rank tests with entries are score tests; with ties the hypergeometric variance by hand
hand <- function(entry, time, event, group, stratum = rep(1, length(time))) {
  u <- 0; v <- 0
  for (s in unique(stratum)) for (t in sort(unique(time[event == 1 & stratum == s]))) {
    r <- entry < t & time >= t & stratum == s; m <- sum(r); m1 <- sum(r & group == 1)
    k <- sum(event == 1 & time == t & stratum == s); k1 <- sum(event == 1 & time == t & stratum == s & group == 1)
    u <- u + k1 - k * m1 / m; if (m > 1) v <- v + k * (m1 / m) * (1 - m1 / m) * (m - k) / (m - 1)
  }
  u^2 / v
}
say("logrank", with(d, hand(entry, time, event, arm)))
say("logrank_strata", with(d, hand(entry, time, event, arm, stratum)))

# --- Stanford heart transplants: time of follow-up and waiting time of 103 patients
j <- jasa; j$time <- j$futime + 1; j$start <- ifelse(j$transplant == 1, j$wait.time, NA)
j$year <- round(as.numeric(j$accept.dt - as.Date("1967-10-01")) / 365.25, 4); j$age <- round(j$age, 3)
j <- j[, c("time", "fustat", "start", "age", "year", "surgery")]; names(j)[2] <- "event"
store(j, "transplant"); j$id <- seq_len(nrow(j))
long <- do.call(rbind, lapply(seq_len(nrow(j)), function(i) with(j[i, ], {
  s <- ifelse(is.na(start) | start >= time, Inf, start)
  rbind(if (s > 0) data.frame(id, entry = 0, stop = min(time, s), event = event * (s == Inf), treated = 0, age, year, surgery),
        if (s < Inf) data.frame(id, entry = s, stop = time, event, treated = 1, age, year, surgery)) })))
say("mantel_byar", with(long, hand(entry, stop, event, treated)))
say("mantel_byar_score", coxph(Surv(entry, stop, event) ~ treated, long, ties = "exact")$score)
for (state in 0:1) {
  f <- survfit(Surv(entry, stop, event) ~ 1, long[long$treated == state, ], conf.type = "log-log")
  keep <- f$n.event > 0
  say(paste0("simon_", state, "_time"), f$time[keep]); say(paste0("simon_", state, "_risk"), f$n.risk[keep])
  say(paste0("simon_", state, "_surv"), f$surv[keep]); say(paste0("simon_", state, "_low"), f$lower[keep])
}
for (ties in c("breslow", "efron")) {
  three <- function(fit) { k <- length(coef(fit)); c(coef(fit)[k], sqrt(vcov(fit)[k, k])) }
  say(paste0("td_", ties), three(coxph(Surv(entry, stop, event) ~ age + year + surgery + treated, long, ties = ties)))
  say(paste0("td_robust_", ties), three(coxph(Surv(entry, stop, event) ~ age + year + surgery + treated, long, ties = ties, cluster = id)))
  say(paste0("naive_", ties), three(coxph(Surv(time, event) ~ age + year + surgery + I(!is.na(start) & start < time), j, ties = ties)))
  say(paste0("landmark_", ties), three(coxph(Surv(time - 30, event) ~ age + I(!is.na(start) & start < time & start <= 30), j[j$time > 30, ], ties = ties)))
}
seen <- ifelse(is.na(j$start) | j$start >= j$time, Inf, j$start)
say("immortal", c(sum(seen[seen < Inf]), sum(j$time[seen < Inf]), sum(j$time)))
trials <- function(grid, protocol) {
  all <- NULL; before <- -1
  for (s in grid) {
    k <- j$time > s & seen > before
    one <- data.frame(trial = s, id = j$id[k], time = j$time[k], event = j$event[k], age = j$age[k], treated = as.numeric(seen[k] <= s), seen = seen[k])
    if (protocol) { out <- one$treated == 0 & one$seen < one$time; one$event[out] <- 0; one$time[out] <- one$seen[out] }
    one$time <- one$time - s; all <- rbind(all, one); before <- s
  }
  three(coxph(Surv(time, event) ~ age + treated + strata(trial), all, cluster = id, ties = "efron"))
}
say("trials_protocol", trials(sort(unique(seen[seen < Inf])), TRUE))
say("trials_itt", trials(sort(unique(seen[seen < Inf])), FALSE))
say("trials_grid", trials(c(0, 15, 30, 60, 90), TRUE))

# --- clone, censor, weight, with a grace period of 60 days, after the steps of Maringe et al.
grace <- 60; within <- seen <= grace; x <- as.matrix(j[, c("age", "surgery")])
events <- sort(unique(j$time[j$event == 1])); until <- pmin(j$time, seen, grace)
clones <- rbind(
  data.frame(id = j$id, arm = 0, end = ifelse(within, seen, j$time), event = j$event * !within, start = seen, age = j$age, surgery = j$surgery),
  data.frame(id = j$id, arm = 1, end = ifelse(!within & j$time > grace, grace, j$time), event = j$event * !(!within & j$time > grace), start = seen, age = j$age, surgery = j$surgery))
clones$copy <- seq_len(nrow(clones))
split <- survSplit(Surv(end, event) ~ ., clones[clones$end > 0, ], cut = events, start = "from")
beyond <- data.frame(j, within)[j$time > grace, ]
stay <- glm(within ~ age + surgery, binomial, beyond, control = glm.control(epsilon = 1e-14, maxit = 100))
p_stay <- predict(stay, j, type = "response")
cox <- coxph(Surv(until, within) ~ age + surgery, j, ties = "breslow"); h <- basehaz(cox, centered = FALSE)
H <- stepfun(h$time, c(0, h$hazard), right = TRUE)  # left limit: hazards strictly before
lp <- as.vector(x %*% coef(cox))
parts <- 10; width <- grace / parts
pl <- do.call(rbind, lapply(seq_len(nrow(j)), function(i) {
  m <- ceiling(until[i] / width - 1e-9); if (m == 0) return(NULL)
  data.frame(id = i, k = 0:(m - 1), y = as.numeric(within[i]) * (0:(m - 1) == m - 1), age = j$age[i], surgery = j$surgery[i]) }))
pooled <- glm(y ~ k + I(k^2) + age + surgery, binomial, pl, control = glm.control(epsilon = 1e-14, maxit = 100))
for (model in c("cox", "logistic")) {
  weight <- numeric(nrow(split))
  for (r in seq_len(nrow(split))) {
    i <- split$id[r]; t <- split$end[r]
    weight[r] <- if (split$arm[r] == 1) { if (t > grace) 1 / p_stay[i] else 1 } else if (model == "cox") exp(H(t) * exp(lp[i])) else {
      m <- sum(width * (1:parts) < t)
      if (m == 0) 1 else 1 / prod(1 - predict(pooled, data.frame(k = 0:(m - 1), age = j$age[i], surgery = j$surgery[i]), type = "response")) }
  }
  # rows of nobody at risk at an event time have no part in the quantile
  at_risk <- split$end %in% events
  for (q in c(1, 0.95)) {
    w <- if (q < 1) pmin(weight, quantile(weight[at_risk], q)) else weight
    for (ties in c("breslow", "efron")) {
      fit <- coxph(Surv(from, end, event) ~ arm, split, weights = w, cluster = id, ties = ties)
      say(paste("ccw", model, q, ties, sep = "_"), c(coef(fit), sqrt(vcov(fit))))
    }
    for (a in 0:1) say(paste("ccw", model, q, "weights", a, sep = "_"),
                       c(mean(w[at_risk & split$arm == a]), sd(w[at_risk & split$arm == a]), max(w[at_risk & split$arm == a])))
    f <- survfit(Surv(from, end, event) ~ arm, split, weights = w)
    say(paste("ccw", model, q, "curve", sep = "_"), summary(f, times = c(30, 90, 365), extend = TRUE)$surv)
  }
}
