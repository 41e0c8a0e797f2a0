# Tables as authors print them with R, from the public data of the package survival and from
# simulated cohorts: one published.yml (written as JSON, which YAML reads) a paper.
#
#   Rscript tests/reference/audit_tables/make.R FOLDER [papers] [seed]
#
# A paper draws its own style: decimals, denominators (group, recorded, missing as a level, of the
# row), the test of each table, quantiles, SMDs, kinds of limits, Cox or logistic models with the
# P of Wald, score or likelihood-ratio test. Every number is of one data set, so nothing in a
# paper is inconsistent: whatever the auditor calls a conflict here is wrong.
suppressMessages({library(survival); library(jsonlite); library(MASS)})

args <- commandArgs(TRUE)
folder <- args[1]
papers <- if (length(args) > 1) as.integer(args[2]) else 200L
first <- if (length(args) > 2) as.integer(args[3]) else 1L
dir.create(folder, showWarnings = FALSE, recursive = TRUE)
one <- function(x) x[sample.int(length(x), 1)]

# -- data ---------------------------------------------------------------------------------------

cut_age <- function(age) factor(ifelse(age < 65, "<65", ">=65"), levels = c("<65", ">=65"))

simulated <- function() {
  n <- one(c(38, 61, 90, 120, 240, 700, 2500))
  arm <- rbinom(n, 1, one(c(.5, .33, .15)))
  f <- function(k, miss = 0) {
    v <- sample(seq_len(k), n, TRUE, prob = rgamma(k, 2))
    v[runif(n) < miss] <- NA
    factor(v, levels = seq_len(k), labels = paste0("l", seq_len(k)))
  }
  age <- round(rnorm(n, 60, 10)); age <- pmin(pmax(age, 20), 95)
  rate <- .04 * exp(-.5 * arm * rnorm(1, 1, .5) + .02 * (age - 60))
  death <- rexp(n, rate); lost <- runif(n, 3, 50)
  d <- data.frame(arm = factor(c("A", "B")[arm + 1]), age = age, age_group = cut_age(age),
    sex = f(2), stage = f(one(3:5), one(c(0, .04))), ecog = f(3), site = f(4), rare = f(2, .1),
    marker = signif(rlnorm(n, 3, 1.5), 3), albumin = round(rnorm(n, 38, 5), 1),
    time = round(pmin(death, lost), one(0:2)) + .5, status = as.integer(death <= lost))
  if (runif(1) < .3) d$albumin[runif(n) < .1] <- NA
  d$rash <- rbinom(n, 4, .1 + .1 * arm)
  d$response <- factor(sample(c("CR", "PR", "SD", "PD"), n, TRUE, c(.1, .3, .3, .3)),
                       levels = c("CR", "PR", "SD", "PD"))
  list(d = d, cat = c("sex", "age_group", "stage", "ecog", "site", "rare"),
       num = c("age", "marker", "albumin"))
}

public <- list(
  pbc = function() {
    d <- subset(survival::pbc, !is.na(trt))
    d$arm <- factor(c("A", "B")[d$trt]); d$status <- as.integer(d$status == 2)
    d$time <- d$time / 30.4375; d$age <- floor(d$age); d$age_group <- cut_age(d$age)
    for (v in c("ascites", "hepato", "spiders", "stage", "edema")) d[[v]] <- factor(d[[v]])
    list(d = d, cat = c("sex", "age_group", "ascites", "hepato", "spiders", "stage", "edema"),
         num = c("age", "bili", "chol", "albumin", "platelet", "trig"))
  },
  colon = function() {
    d <- subset(survival::colon, etype == 2); d$arm <- d$rx; levels(d$arm) <- c("A", "B", "C")
    if (runif(1) < .6) d <- droplevels(subset(d, arm != "B"))
    d$time <- d$time / 30.4375
    d$nodes_group <- cut(d$nodes, c(-1, 0, 3, 40), labels = c("0", "1-3", ">=4"))
    for (v in c("sex", "obstruct", "perfor", "adhere", "differ", "extent", "surg"))
      d[[v]] <- factor(d[[v]])
    list(d = d, cat = c("sex", "obstruct", "perfor", "adhere", "differ", "extent", "surg",
                        "nodes_group"), num = c("age", "nodes"))
  },
  veteran = function() {
    d <- survival::veteran; d$arm <- factor(c("A", "B")[d$trt])
    d$prior <- factor(d$prior); d$age_group <- cut_age(d$age)
    list(d = d, cat = c("celltype", "prior", "age_group"), num = c("age", "karno", "diagtime"))
  },
  lung = function() {
    d <- survival::lung; d$arm <- factor(c("A", "B")[d$sex]); d$status <- d$status - 1
    d$time <- d$time / 30.4375; d$ph.ecog <- factor(d$ph.ecog); d$age_group <- cut_age(d$age)
    list(d = d, cat = c("ph.ecog", "age_group"), num = c("age", "ph.karno", "meal.cal", "wt.loss"))
  },
  gbsg = function() {
    d <- survival::gbsg; d$arm <- factor(c("A", "B")[d$hormon + 1]); d$time <- d$rfstime / 30.4375
    d$meno <- factor(d$meno); d$grade <- factor(d$grade); d$age_group <- cut_age(d$age)
    list(d = d, cat = c("meno", "grade", "age_group"), num = c("age", "size", "nodes", "pgr", "er"))
  },
  rotterdam = function() {
    d <- survival::rotterdam; d$arm <- factor(c("A", "B")[d$chemo + 1])
    d$time <- d$dtime / 30.4375; d$status <- d$death; d$meno <- factor(d$meno)
    d$grade <- factor(d$grade); d$age_group <- cut_age(d$age); d$hormon <- factor(d$hormon)
    list(d = d, cat = c("meno", "grade", "size", "hormon", "age_group"),
         num = c("age", "nodes", "pgr", "er"))
  },
  mgus2 = function() {
    d <- survival::mgus2; d$arm <- factor(c("A", "B")[as.integer(d$sex)]); d$time <- d$futime
    d$time[d$time == 0] <- .5
    d$status <- d$death; d$age_group <- cut_age(d$age)
    d$mspike_group <- cut(d$mspike, c(-1, .5, 1.5, 9), labels = c("low", "middle", "high"))
    list(d = d, cat = c("age_group", "mspike_group"), num = c("age", "hgb", "creat", "mspike"))
  },
  cgd = function() {
    d <- subset(survival::cgd, enum == 1); d$arm <- factor(c("A", "B")[as.integer(d$treat)])
    d$time <- d$tstop / 30.4375; d$inherit <- factor(d$inherit); d$steroids <- factor(d$steroids)
    d$propylac <- factor(d$propylac)
    list(d = d, cat = c("sex", "inherit", "steroids", "propylac", "hos.cat"),
         num = c("age", "height", "weight"))
  }
)

# -- print ---------------------------------------------------------------------------------------

p_styles <- list(
  three = function(p) if (p < .001) "<0.001" else if (p > .9994) ">0.999" else sprintf("%.3f", p),
  plain = function(p) if (p < .001) "<0.001" else sprintf("%.3f", p),
  two = function(p) if (p < .01) "<0.01" else if (p > .99) ">0.99" else sprintf("%.2f", p),
  four = function(p) if (p < 1e-4) "<0.0001" else sprintf("%.4f", p),
  jama = function(p) if (p < .001) "<0.001" else if (p < .01) sprintf("%.3f", p) else
    if (p > .99) ">0.99" else sprintf("%.2f", p),
  gtsummary = function(p) if (p < .001) "<0.001" else if (p > .9) ">0.9" else
    if (p >= .2) sprintf("%.1f", p) else if (p >= .1) sprintf("%.2f", p) else sprintf("%.3f", p),
  nejm = function(p) if (p < .001) "<0.001" else if (p < .01) sprintf("%.3f", p) else
    sprintf("%.2f", p))

# -- tests of counts -------------------------------------------------------------------------------

quiet <- function(x) suppressWarnings(x)
lr <- function(t) {
  e <- outer(rowSums(t), colSums(t)) / sum(t)
  g <- 2 * sum(ifelse(t > 0, t * log(t / e), 0))
  pchisq(g, (nrow(t) - 1) * (ncol(t) - 1), lower.tail = FALSE)
}
mid_p <- function(t) {
  m <- sum(t[, 1]); n <- sum(t[, 2]); k <- sum(t[1, ]); x <- t[1, 1]
  lo <- max(0, k - n); hi <- min(k, m); d <- dhyper(lo:hi, m, n, k); own <- dhyper(x, m, n, k)
  sum(d[d < own * (1 - 1e-7)]) + sum(d[abs(d / own - 1) < 1e-7]) / 2
}
ranks <- function(t) {
  g <- rep(rep(seq_len(ncol(t)), each = nrow(t)), as.vector(t))
  list(value = rep(rep(seq_len(nrow(t)), ncol(t)), as.vector(t)), group = g)
}
count_tests <- list(
  chisq = function(t) quiet(chisq.test(t)$p.value),                 # Yates for 2x2: R's default
  pearson = function(t) quiet(chisq.test(t, correct = FALSE)$p.value),
  usual = function(t) {                                             # as gtsummary chooses
    e <- outer(rowSums(t), colSums(t)) / sum(t)
    if (any(e < 5)) tryCatch(fisher.test(t, workspace = 2e6)$p.value, error = function(e) NA)
    else quiet(chisq.test(t, correct = FALSE)$p.value)
  },
  fisher = function(t) tryCatch(fisher.test(t, workspace = 2e6)$p.value, error = function(e) NA),
  lr = lr,
  mid = function(t) if (all(dim(t) == 2)) mid_p(t) else quiet(chisq.test(t)$p.value),
  prop = function(t) if (nrow(t) == 2) quiet(prop.test(t[1, ], colSums(t))$p.value) else
    quiet(chisq.test(t)$p.value),
  wilcox = function(t) { r <- ranks(t)
    if (ncol(t) == 2) quiet(wilcox.test(value ~ group, r)$p.value) else
      kruskal.test(r$value, r$group)$p.value },
  kruskal = function(t) { r <- ranks(t); kruskal.test(r$value, r$group)$p.value },
  trend = function(t) if (ncol(t) == 2 && nrow(t) > 2)
    quiet(prop.trend.test(t[, 1], rowSums(t))$p.value) else quiet(chisq.test(t)$p.value)
)
continuous <- list(
  welch = function(x, g) if (nlevels(g) == 2) t.test(x ~ g)$p.value else oneway.test(x ~ g)$p.value,
  student = function(x, g) oneway.test(x ~ g, var.equal = TRUE)$p.value,
  rank = function(x, g) if (nlevels(g) == 2) quiet(wilcox.test(x ~ g)$p.value) else
    kruskal.test(x, g)$p.value,
  kruskal = function(x, g) kruskal.test(x, g)$p.value)

# -- SMD ---------------------------------------------------------------------------------------------

smd_levels <- function(t) {                                          # as tableone
  p <- prop.table(t, 2)
  k <- nrow(p) - 1
  if (k < 1) return(NA)
  d <- p[-1, 1] - p[-1, 2]
  s <- function(q) { m <- -outer(q, q); diag(m) <- q * (1 - q); m }
  v <- (s(p[-1, 1]) + s(p[-1, 2])) / 2
  tryCatch(sqrt(as.numeric(t(d) %*% ginv(v) %*% d)), error = function(e) NA)
}
smd_mean <- function(x, g) {
  m <- tapply(x, g, mean); v <- tapply(x, g, var); abs(diff(m)) / sqrt(mean(v))
}

# -- one paper ------------------------------------------------------------------------------------------

baseline <- function(s, d, arms, style) {
  n <- table(d$arm)[arms]
  counts <- list(); summaries <- list()
  for (v in s$cat) {
    x <- factor(d[[v]])
    if (style$missing == "level" && anyNA(x)) {
      x <- addNA(x); levels(x)[is.na(levels(x))] <- "missing"
    }
    t <- table(x, d$arm)[, arms, drop = FALSE]
    if (nrow(t) < 2 || any(colSums(t) == 0)) next
    base <- if (style$missing == "of all") n else colSums(t)
    whole <- table(x)
    all_base <- if (style$missing == "of all") sum(n) else sum(whole)
    levels <- list()
    for (l in rownames(t)) {
      cells <- list()
      for (a in arms) {
        size <- if (style$rows) sum(t[l, ]) else base[a]
        cells[[a]] <- style$cell(t[l, a], size)
      }
      if (style$overall && !style$rows) cells$overall <- style$cell(whole[l], all_base)
      levels[[l]] <- cells
    }
    if (style$first_level && length(levels) == 2) levels <- levels[2]
    tested <- if (style$tested == "without missing") t[rownames(t) != "missing", , drop = FALSE] else t
    tested <- tested[rowSums(tested) > 0, , drop = FALSE]
    p <- if (nrow(tested) > 1) style$test(tested) else NA
    item <- list(term = v, levels = levels, partition = length(levels) == nrow(t))
    if (!is.na(p)) item$p <- if (length(levels) == 1) setNames(list(style$p(p)), names(levels)) else style$p(p)
    if (style$smd && length(arms) == 2) {
      m <- smd_levels(t)
      if (!is.na(m)) item$smd <- if (length(levels) == 1)
        setNames(list(sprintf("%.3f", m)), names(levels)) else sprintf("%.3f", m)
    }
    counts[[length(counts) + 1]] <- item
  }
  whole_values <- function(x) all(x == round(x), na.rm = TRUE)
  for (v in s$num) {
    x <- d[[v]]; k <- if (whole_values(x)) one(0:1) else one(1:2)
    f <- function(z) formatC(z, format = "f", digits = k)
    form <- one(c("mean (sd)", "median (q1-q3)", "median (min-max)"))
    cell <- function(z) {
      z <- z[!is.na(z)]
      q <- quantile(z, c(.25, .75), type = style$quantile)
      switch(form, "mean (sd)" = sprintf("%s (%s)", f(mean(z)), f(sd(z))),
        "median (q1-q3)" = sprintf("%s (%s-%s)", f(median(z)), f(q[1]), f(q[2])),
        "median (min-max)" = sprintf("%s (%s-%s)", f(median(z)), f(min(z)), f(max(z))))
    }
    groups <- lapply(setNames(arms, arms), function(a) cell(x[d$arm == a]))
    if (style$overall) groups$overall <- cell(x)
    p <- style$continuous(x, d$arm)
    item <- list(term = v, form = form, groups = groups, p = style$p(p))
    if (whole_values(x)) item$step <- 1
    if (style$smd && length(arms) == 2 && form == "mean (sd)")
      item$smd <- sprintf("%.3f", smd_mean(x[!is.na(x)], d$arm[!is.na(x)]))
    if (any(grepl("--", unlist(groups)) | grepl("-.*-", unlist(groups))) ) next
    summaries[[length(summaries) + 1]] <- item
  }
  list(where = "Table 1", analysis = "baseline", sizes = as.list(setNames(as.character(n), arms)),
       test = "any", counts = counts, summaries = summaries)
}

responses <- function(d, arms, style) {
  if (is.null(d$response)) return(NULL)
  n <- table(d$arm)[arms]
  limits <- switch(style$limits,
    exact = function(x, n) binom.test(x, n)$conf.int, wilson = function(x, n) quiet(prop.test(x, n, correct = FALSE)$conf.int),
    yates = function(x, n) quiet(prop.test(x, n)$conf.int))
  items <- list()
  for (k in 1:4) {
    what <- list(ORR = c("CR", "PR"), DCR = c("CR", "PR", "SD"), CR = "CR", PD = "PD")[k]
    had <- d$response %in% what[[1]]
    x <- tapply(had, d$arm, sum)[arms]
    t <- rbind(x, n - x)
    item <- list(term = names(what), cells = lapply(setNames(arms, arms), function(a) style$cell(x[a], n[a])),
      ci = lapply(setNames(arms, arms), function(a) paste(sprintf("%.1f", 100 * limits(x[a], n[a])), collapse = "-")))
    p <- if (all(rowSums(t) > 0)) style$test(t) else NA
    if (!is.na(p)) item$p <- style$p(p)
    if (length(arms) == 2 && all(t > 0)) {
      how <- one(c("wald", "fisher", "profile"))
      ab <- t[1, 2] * t[2, 1] / (t[1, 1] * t[2, 2])
      or <- switch(how,
        wald = c(ab, exp(log(ab) + c(-1, 1) * qnorm(.975) * sqrt(sum(1 / t)))),
        fisher = { f <- fisher.test(t[, 2:1]); c(f$estimate, f$conf.int) },
        profile = { m <- glm(had ~ arm, binomial, d); c(exp(coef(m)[2]), exp(quiet(suppressMessages(confint(m)))[2, ])) })
      item$effects <- list(or = do.call(sprintf, c("%.2f (%.2f-%.2f)", as.list(unname(or)))))
      rd <- quiet(prop.test(x[2:1], n[2:1], correct = one(c(TRUE, FALSE))))
      item$effects$rd <- sprintf("%.1f (%.1f to %.1f)", 100 * -diff(rd$estimate), 100 * rd$conf.int[1], 100 * rd$conf.int[2])
    }
    items[[k]] <- item
  }
  list(where = "Table 2", analysis = "response", test = "any", counts = items)
}

safety <- function(d, arms, style) {
  if (is.null(d$rash)) return(NULL)
  n <- table(d$arm)[arms]
  line <- function(had) { x <- tapply(had, d$arm, sum)[arms]
    lapply(setNames(arms, arms), function(a) style$cell(x[a], n[a])) }
  grades <- list(any = line(d$rash > 0), "1-2" = line(d$rash %in% 1:2), "3-4" = line(d$rash > 2))
  p <- lapply(list(any = d$rash > 0, "3-4" = d$rash > 2), function(had) {
    t <- rbind(tapply(had, d$arm, sum)[arms], tapply(!had, d$arm, sum)[arms])
    if (all(rowSums(t) > 0)) style$p(style$test(t)) else NULL })
  p <- Filter(Negate(is.null), p)
  item <- list(term = "rash", levels = grades); if (length(p)) item$p <- p
  list(where = "Table 3", analysis = "safety", test = "any", counts = list(item))
}

course <- function(d, arms, style) {
  fit <- survfit(Surv(time, status) ~ arm, d, conf.type = style$conf_type)
  k <- style$time_digits
  f <- function(x) ifelse(is.na(x), "NR", formatC(x, format = "f", digits = k))
  t <- summary(fit)$table
  med <- setNames(lapply(seq_along(arms), function(i) {
    m <- t[paste0("arm=", arms[i]), ]
    if (is.na(m["median"])) "NR" else if (is.na(m["0.95LCL"])) f(m["median"]) else
      sprintf("%s (%s-%s)", f(m["median"]), f(m["0.95LCL"]), f(m["0.95UCL"])) }), arms)
  test <- survdiff(Surv(time, status) ~ arm, d)
  p <- pchisq(test$chisq, length(arms) - 1, lower.tail = FALSE)
  times <- one(list(c(6, 12), c(12, 24), c(12, 36, 60)))[[1]]
  at <- list(); risk <- list()
  for (m in times) {
    s <- summary(fit, times = m, extend = TRUE)
    ok <- s$n.risk > 0
    if (!all(ok)) next
    at[[as.character(m)]] <- setNames(lapply(seq_along(arms), function(i)
      sprintf("%.1f (%.1f-%.1f)", 100 * s$surv[i], 100 * s$lower[i], 100 * s$upper[i])), arms)
    risk[[as.character(m)]] <- setNames(as.list(as.character(s$n.risk)), arms)
    if (any(is.na(c(s$lower, s$upper)))) { at[[as.character(m)]] <- NULL }
  }
  item <- list(endpoint = "os", median = med, events = setNames(as.list(as.character(t[, "events"])), arms),
               logrank = style$p(p))
  if (length(at)) item$survival_percent <- at
  if (length(risk)) item$at_risk <- risk
  list(where = "Figure 1", survival = list(item))
}

ratio_row <- function(term, level, b, se, lim, p, style) {
  f <- function(x) formatC(x, format = "f", digits = style$ratio_digits)
  if (!all(is.finite(c(b, lim))) || lim[1] < .02 || lim[2] > 60) return(NULL)
  list(term = term, level = level, hr = sprintf("%s (%s-%s)", f(exp(b)), f(lim[1]), f(lim[2])), p = style$p(p))
}

models <- function(s, d, style) {
  vars <- c("arm", s$cat, head(s$num, 2))
  kind <- one(c("cox", "cox", "logistic"))
  vars <- Filter(function(v) !is.factor(d[[v]]) || (nlevels(droplevels(d[[v]])) > 1 &&
    min(table(droplevels(d[[v]]))) > 2), vars)
  d <- droplevels(d)
  block <- function(name, sets) {
    rows <- list()
    all <- d
    for (set in sets) {
      d <- droplevels(all[complete.cases(all[, c(set, "time", "status")]), ])
      set <- Filter(function(v) !is.factor(d[[v]]) || nlevels(d[[v]]) > 1, set)
      if (!length(set)) next
      if (kind == "cox") {
        m <- quiet(coxph(reformulate(set, "Surv(time, status)"), d, ties = style$ties))
        se <- sqrt(diag(vcov(m))); b <- coef(m); lim <- exp(cbind(b - 1.959964 * se, b + 1.959964 * se))
      } else {
        m <- quiet(glm(reformulate(set, "status"), binomial, d))
        b <- coef(m)[-1]; se <- sqrt(diag(vcov(m)))[-1]
        lim <- if (style$profile) tryCatch(exp(quiet(suppressMessages(confint(m)))[-1, , drop = FALSE]), error = function(e) NULL)
               else exp(cbind(b - 1.959964 * se, b + 1.959964 * se))
        if (is.null(lim)) next
      }
      for (i in seq_along(b)) {
        v <- Filter(function(v) startsWith(names(b)[i], v), set)[1]
        level <- substring(names(b)[i], nchar(v) + 1)
        p <- 2 * pnorm(-abs(b[i] / se[i]))
        if (length(b) == 1 && style$ratio_p == "lr") {
          p <- if (kind == "cox") summary(m)$logtest["pvalue"] else anova(m, test = "Chisq")[2, 5]
        } else if (length(b) == 1 && style$ratio_p == "score" && kind == "cox") p <- summary(m)$sctest["pvalue"]
        rows <- c(rows, list(ratio_row(v, level, b[i], se[i], lim[i, ], p, style)))
      }
    }
    rows <- Filter(Negate(is.null), rows)
    if (!length(rows)) return(NULL)
    list(where = name, analysis = paste0(if (kind == "cox") "cox_" else "logistic_", name), endpoint = "os", ratios = rows)
  }
  Filter(Negate(is.null), list(block("univariable", as.list(vars)), block("multivariable", list(vars))))
}

paper <- function(seed) {
  set.seed(seed)
  s <- if (runif(1) < .5) simulated() else public[[one(names(public))]]()
  s$d <- droplevels(s$d); arms <- levels(s$d$arm)
  name <- if (!is.null(s$d$rash)) "simulated" else "public"
  digits <- one(c(0, 1, 1, 1, 2)); slash <- runif(1) < .1; bare <- runif(1) < .05
  style <- list(
    missing = one(c("recorded", "of all", "level")), tested = one(c("without missing", "with")),
    rows = runif(1) < .06, overall = runif(1) < .5, first_level = runif(1) < .2,
    test = count_tests[[one(names(count_tests))]], continuous = continuous[[one(names(continuous))]],
    quantile = one(c(7, 6, 2)), p = p_styles[[one(names(p_styles))]], smd = runif(1) < .4,
    limits = one(c("exact", "wilson", "yates")), conf_type = one(c("log", "log-log", "plain")),
    time_digits = one(0:2), ratio_digits = one(c(2, 2, 3)), ties = one(c("efron", "breslow")),
    ratio_p = one(c("wald", "wald", "lr", "score")), profile = runif(1) < .5,
    cell = function(x, n) if (bare) sprintf("%d", as.integer(x)) else
      if (slash) sprintf("%d/%d (%.*f)", as.integer(x), as.integer(n), digits, 100 * x / n) else
        sprintf("%d (%.*f)", as.integer(x), digits, 100 * x / n))
  n <- table(s$d$arm)[arms]
  blocks <- c(list(baseline(s, s$d, arms, style), responses(s$d, arms, style), safety(s$d, arms, style),
                   course(s$d, arms, style)), models(s, s$d, style))
  list(paper = list(title = paste(name, seed)), groups = as.list(setNames(as.integer(n), arms)),
       blocks = Filter(Negate(is.null), blocks))
}

for (i in seq_len(papers)) {
  made <- paper(first + i - 1)
  writeLines(toJSON(made, auto_unbox = TRUE, pretty = TRUE), file.path(folder, sprintf("p%04d.yml", first + i - 1)))
}
