# R's values of larger sets in the form of the others: Rscript larger.R folder [name ...]
# (R 4.2.2, survival 3.5-3). Factors of several levels, missing values, heavy ties, and a set on
# which Newton's method without step-halving diverges.
suppressMessages(library(survival)); options(warn = -1, contrasts = c("contr.treatment", "contr.poly"))
args <- commandArgs(TRUE); folder <- args[1]

json <- function(x) {
  if (is.null(x)) return("null")
  if (is.list(x)) {
    inner <- vapply(x, json, "")
    if (is.null(names(x))) return(paste0("[", paste(inner, collapse = ","), "]"))
    return(paste0("{", paste0('"', names(x), '":', inner, collapse = ","), "}"))
  }
  if (is.factor(x)) x <- as.character(x)
  one <- function(v) if (is.na(v)) "null" else if (is.character(v)) paste0('"', v, '"') else
    if (is.infinite(v)) if (v > 0) '"Inf"' else '"-Inf"' else formatC(v, digits = 15, format = "g")
  inner <- vapply(unname(x), one, "")
  if (length(x) == 1 && is.null(attr(x, "list"))) inner else
    paste0("[", paste(trimws(inner), collapse = ","), "]")
}
many <- function(x) structure(x, list = TRUE)

km <- function(d, times, tau) {
  out <- list(n = nrow(d), events = sum(d$event), censored = sum(1 - d$event), max_time = max(d$time))
  for (type in c("log-log", "log", "plain")) {
    fit <- survfit(Surv(time, event) ~ 1, d, conf.type = type)
    q <- quantile(fit, c(0.25, 0.5, 0.75)); s <- summary(fit, times = times, extend = TRUE)
    three <- function(i) many(c(q$quantile[i], q$lower[i], q$upper[i]))
    out[[paste0("conf_", type)]] <- list(
      median = q$quantile[2], median_lower = q$lower[2], median_upper = q$upper[2],
      q25_time = three(1), q75_time = three(3),
      at_times = lapply(seq_along(times), function(i) list(
        time = times[i], n_risk = s$n.risk[i], surv = s$surv[i], std_err = s$std.err[i],
        lower = s$lower[i], upper = s$upper[i])))
  }
  t <- summary(fit, rmean = tau)$table
  out$rmst <- list(tau = tau, rmst = t["rmean"], se = t["se(rmean)"])
  out$n_risk_at_times <- list(time = many(times), n_risk = many(sapply(times, function(v) sum(d$time >= v))))
  out
}
reverse <- function(d) {
  q <- quantile(survfit(Surv(time, 1 - event) ~ 1, d, conf.type = "log-log"), 0.5)
  list(median = q$quantile, lower_loglog = q$lower, upper_loglog = q$upper)
}
test <- function(chisq, df) list(chisq = unname(chisq), df = unname(df),
                                 p = unname(pchisq(chisq, df, lower.tail = FALSE)))
rank_test <- function(f, d, rho = 0) {
  s <- survdiff(f, d, rho = rho)
  total <- function(v) many(if (is.matrix(v)) rowSums(v) else v)
  c(test(s$chisq, 1), list(observed = total(s$obs), expected = total(s$exp),
                           variance_11 = s$var[1, 1], n = sum(s$n)))
}
model <- function(variables, d, ties, tests = FALSE) {
  control <- coxph.control(eps = 1e-11, iter.max = 100)
  f <- as.formula(paste("Surv(time, event) ~", paste(variables, collapse = "+")))
  fit <- coxph(f, d, ties = ties, control = control)
  s <- summary(fit); b <- coef(fit); se <- sqrt(diag(fit$var)); z <- b / se; e <- qnorm(0.975) * se
  out <- list(
    n = fit$n, n_event = fit$nevent,
    terms = lapply(seq_along(b), function(i) list(
      term = names(b)[i], coef = b[i], se = se[i], hr = exp(b[i]), hr_lower = exp(b[i] - e[i]),
      hr_upper = exp(b[i] + e[i]), z = z[i], p = 2 * pnorm(-abs(z[i])))),
    loglik_null = fit$loglik[1], loglik_model = fit$loglik[2],
    likelihood_ratio = test(s$logtest[1], s$logtest[2]), wald = test(fit$wald.test, s$logtest[2]),
    score = test(fit$score, s$logtest[2]), iterations = fit$iter, warnings = list(),
    concordance = list(c = unname(fit$concordance["concordance"]), se = unname(fit$concordance["std"])),
    aic = -2 * fit$loglik[2] + 2 * length(b))
  if (tests) {
    out$per_variable_lr_test <- lapply(variables, function(v) {
      rest <- setdiff(variables, v)
      less <- coxph(as.formula(paste("Surv(time, event) ~", if (length(rest)) paste(rest, collapse = "+") else "1")),
                    d, ties = ties, control = control)
      c(list(variable = v), test(2 * (fit$loglik[2] - tail(less$loglik, 1)), length(b) - length(coef(less))))
    })
    out$per_variable_wald_test <- lapply(variables, function(v) {
      j <- fit$assign[[v]]
      c(list(variable = v), test(c(b[j] %*% solve(fit$var[j, j], b[j])), length(j)))
    })
  }
  list(fit = fit, out = out)
}
zph <- function(fit) sapply(c("km", "rank", "identity", "log"), function(transform) {
  rows <- function(terms) {
    t <- cox.zph(fit, transform = transform, terms = terms)$table
    lapply(seq_len(nrow(t)), function(i) list(name = rownames(t)[i], chisq = t[i, 1], df = t[i, 2], p = t[i, 3]))
  }
  list(by_variable = rows(TRUE), by_coefficient = rows(FALSE))
}, simplify = FALSE)

save_set <- function(name, d, levels, covariates, times, tau, strata = NULL, source = "") {
  d <- d[complete.cases(d[, c("time", "event", "arm")]), c("time", "event", "arm", names(covariates))]
  write.csv(cbind(id = seq_len(nrow(d)), d), file.path(folder, paste0(name, ".csv")), row.names = FALSE, na = "", quote = FALSE)
  d$arm <- factor(d$arm, levels)
  for (v in names(covariates)) if (!is.null(covariates[[v]]$levels)) d[[v]] <- factor(d[[v]], covariates[[v]]$levels)
  full <- droplevels(d[complete.cases(d), ])
  arms <- lapply(setNames(levels, levels), function(a) d[d$arm == a, ])
  mean_of <- function(x) { t <- summary(survfit(Surv(time, event) ~ 1, x), rmean = tau)$table; c(t["rmean"], t["se(rmean)"]) }
  m <- sapply(arms, mean_of); gap <- m[1, 2] - m[1, 1]; se <- sqrt(sum(m[2, ]^2))
  cox <- lapply(c(breslow = "breslow", efron = "efron"), function(ties) {
    alone <- model("arm", d, ties); all <- model(c("arm", names(covariates)), full, ties, TRUE)
    list(arm_only = alone$out,
         univariable_available_cases = sapply(names(covariates), function(v) model(v, d[!is.na(d[[v]]), ], ties)$out, simplify = FALSE),
         univariable_complete_cases = sapply(c("arm", names(covariates)), function(v) model(v, full, ties)$out, simplify = FALSE),
         multivariable_complete_cases = all$out, zph_arm_only = zph(alone$fit), zph_multivariable = zph(all$fit))
  })
  out <- list(
    meta = list(dataset = name, source = source, arms = list(reference = levels[1], experimental = levels[2]),
                n = nrow(d), events = sum(d$event), tau = tau,
                covariates = lapply(covariates, function(a) c(list(type = if (is.null(a$levels)) "continuous" else "categorical"),
                                                              if (!is.null(a$levels)) list(levels = many(a$levels), reference = a$levels[1])))),
    km = list(overall = km(d, times, tau), by_arm = lapply(arms, km, times = times, tau = tau)),
    followup_reverse_km = c(list(overall = reverse(d)), lapply(arms, reverse)),
    logrank = list(logrank_rho0 = rank_test(Surv(time, event) ~ arm, d), peto_rho1 = rank_test(Surv(time, event) ~ arm, d, 1)),
    rmst_difference = list(tau = tau, difference = unname(gap), se = se, ci95 = many(unname(gap) + c(-1, 1) * qnorm(0.975) * se),
                           p = 2 * pnorm(-abs(unname(gap) / se))),
    cox = cox)
  if (!is.null(strata)) out$logrank_stratified <- c(list(strata = strata), rank_test(
    as.formula(paste0("Surv(time, event) ~ arm + strata(", strata, ")")), d[!is.na(d[[strata]]), ]))
  writeLines(json(out), file.path(folder, paste0(name, ".json")))
}
factor_of <- function(...) list(levels = c(...)); number <- list(levels = NULL)

sets <- list(
  colon = function() {
    d <- subset(colon, etype == 2 & rx != "Lev")
    d <- data.frame(time = d$time, event = d$status, arm = ifelse(d$rx == "Obs", "obs", "levfu"), age = d$age,
                    differ = c("well", "moderate", "poor")[d$differ], extent = c("submucosa", "muscle", "serosa", "contiguous")[d$extent],
                    nodes = d$nodes, obstruct = c("no", "yes")[d$obstruct + 1])
    save_set("colon", d, c("obs", "levfu"), list(age = number, differ = factor_of("well", "moderate", "poor"),
      extent = factor_of("submucosa", "muscle", "serosa", "contiguous"), nodes = number, obstruct = factor_of("no", "yes")),
      c(365, 730, 1826, 2900), 2500, "differ", "survival::colon, death, levamisole alone left out")
  },
  gbsg_months = function() {
    d <- data.frame(time = ceiling(gbsg$rfstime / 30.4375), event = gbsg$status, arm = c("none", "hormone")[gbsg$hormon + 1],
                    age = gbsg$age, meno = c("pre", "post")[gbsg$meno + 1], size = gbsg$size, grade = as.character(gbsg$grade), nodes = gbsg$nodes, pgr = gbsg$pgr)
    save_set("gbsg_months", d, c("none", "hormone"), list(age = number, meno = factor_of("pre", "post"), size = number,
      grade = factor_of("1", "2", "3"), nodes = number, pgr = number), c(12, 24, 36, 60), 60, "grade", "survival::gbsg, whole months")
  },
  pbc = function() {
    d <- data.frame(time = pbc$time, event = as.numeric(pbc$status == 2), arm = c("dpca", "placebo")[pbc$trt], age = pbc$age,
                    edema = as.character(pbc$edema), bili = pbc$bili, albumin = pbc$albumin, chol = pbc$chol, platelet = pbc$platelet, stage = as.character(pbc$stage))
    save_set("pbc", d, c("placebo", "dpca"), list(age = number, edema = factor_of("0", "0.5", "1"), bili = number, albumin = number,
      chol = number, platelet = number, stage = factor_of("1", "2", "3", "4")), c(365, 1000, 2000, 4000), 3500, "edema", "survival::pbc")
  },
  nwtco = function() {
    d <- data.frame(time = ceiling(nwtco$edrel / 30.4375), event = nwtco$rel, arm = c("favourable", "unfavourable")[nwtco$histol],
                    stage = as.character(nwtco$stage), age = nwtco$age, study = as.character(nwtco$study))
    save_set("nwtco", d, c("favourable", "unfavourable"), list(stage = factor_of("1", "2", "3", "4"), age = number, study = factor_of("3", "4")),
      c(6, 12, 24, 60), 120, "stage", "survival::nwtco, whole months")
  },
  halving = function() {
    set.seed(4); n <- 80                 # heavy-tailed covariates: a full Newton step overshoots
    x <- exp(2.5 * rnorm(n)); y <- rexp(n)^4; arm <- rep(c("a", "b"), n / 2)
    time <- ceiling(20 * rexp(n, exp(pmin(0.8 * log1p(x) - 0.3 * log1p(y), 4))) + 1e-9); event <- as.numeric(runif(n) < 0.8)
    save_set("halving", data.frame(time = time, event = event, arm = arm, x = signif(x, 6), y = signif(y, 6)), c("a", "b"),
      list(x = number, y = number), c(1, 2, 5, 10), 10, NULL, "constructed: Newton's method needs its steps halved")
  })
for (name in if (length(args) > 1) args[-1] else names(sets)) sets[[name]]()
