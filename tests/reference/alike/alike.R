# Rscript alike.R (in this folder): arms made alike by weights and in pairs, several arms, strata
# and clusters, of ../effects/effects.csv. R 4.2.2, survival 3.5-3, survey 4.1-1, MatchIt 4.5.1.
source("../followup/values.R"); suppressMessages({library(survey); library(MatchIt)}); open_values("alike")
d <- read.csv("../effects/effects.csv"); y <- with(d, Surv(time, event)); at <- c(100, 300, 500)
g <- glm(group ~ age + karno + wt, binomial, d, control = glm.control(epsilon = 1e-14)); e <- fitted(g)
ways <- list(overlap = ifelse(d$group == 1, 1 - e, e), inverse = ifelse(d$group == 1, 1 / e, 1 / (1 - e)), treated = ifelse(d$group == 1, 1, e / (1 - e)))
for (k in names(ways)) {
  d$v <- ways[[k]]
  f <- coxph(y ~ group, d, weights = v, robust = TRUE, ties = "efron"); s <- summary(f)
  say(paste0(k, "_cox"), c(s$conf.int[c(1, 3, 4)], s$coefficients[6]))
  z <- svycoxph(Surv(time, event) ~ group, svydesign(~1, weights = ~v, data = d)) # by n / (n - 1) wider
  say(paste0(k, "_survey"), c(coef(z), sqrt(vcov(z) * (nrow(d) - 1) / nrow(d))))
  say(paste0(k, "_logrank"), summary(coxph(y ~ group, d, weights = v, robust = TRUE, ties = "breslow"))$robscore[c("test", "pvalue")])
  for (a in 0:1) { own <- d[d$group == a, ]; own$id <- seq_len(nrow(own))
    own$v <- own$v * nrow(own) / sum(own$v)
    t <- summary(survfit(Surv(time, event) ~ 1, own, weights = v, id = id, robust = TRUE, conf.type = "log"), times = at, extend = TRUE)
    say(paste0(k, "_km_", a), c(t$surv, t$lower, t$upper)); say(paste0(k, "_size_", a), sum(own$v)^2 / sum(own$v^2)) }
}
# --- pairs: each treated patient in turn, the largest score first, gets the nearest who is left
# (how MatchIt is called: see matchit.R)
d$l <- qlogis(e); f <- matchit(group ~ age, d, distance = d$l, mahvars = ~l, m.order = "largest", caliper = 0.2)
set <- as.integer(as.character(f$subclass))
say("pairs", sum(!is.na(set)) / 2)
p <- d[!is.na(set), ]; p$set <- set[!is.na(set)]; yp <- with(p, Surv(time, event))
s <- summary(coxph(yp ~ group, p, cluster = set, ties = "efron")); say("pairs_cox", c(s$conf.int[c(1, 3, 4)], s$coefficients[6]))
s <- summary(coxph(yp ~ group + strata(set), p, ties = "efron")); say("pairs_strata", c(s$conf.int[c(1, 3, 4)], s$coefficients[5]))
smd <- function(x, a) (mean(x[a == 1]) - mean(x[a == 0])) / sqrt((var(x[a == 1]) + var(x[a == 0])) / 2)
say("pairs_smd", sapply(c("age", "karno", "wt"), function(v) smd(p[[v]], p$group)))
# --- strata and clusters, alone and with covariates
for (adj in c("", " + age + karno")) { n <- if (adj == "") "crude" else "adjusted"
  s <- summary(coxph(as.formula(paste("y ~ group", adj, "+ strata(ecog)")), d, ties = "efron")); say(paste0("strata_", n), c(s$conf.int[1, c(1, 3, 4)], s$coefficients[1, 5]))
  s <- summary(coxph(as.formula(paste("y ~ group", adj)), d, cluster = inst, ties = "efron")); say(paste0("cluster_", n), c(s$conf.int[1, c(1, 3, 4)], s$coefficients[1, 6])) }
t <- survdiff(y ~ group + strata(ecog), d); say("strata_logrank", c(t$chisq, pchisq(t$chisq, 1, lower.tail = FALSE)))
say("cluster_logrank", summary(coxph(y ~ group, d, cluster = inst, ties = "breslow"))$robscore[c("test", "pvalue")])
# --- three arms: ecog 0, 1, 2
t <- survdiff(y ~ ecog, d); say("arms_logrank", c(t$chisq, pchisq(t$chisq, 2, lower.tail = FALSE)))
p <- combn(0:2, 2, function(g) { t <- survdiff(Surv(time, event) ~ ecog, d[d$ecog %in% g, ]); pchisq(t$chisq, 1, lower.tail = FALSE) })
say("arms_pairs", p); for (m in c("holm", "BH", "bonferroni")) say(paste0("arms_pairs_", m), p.adjust(p, m))
for (adj in c("", " + age + karno")) { n <- if (adj == "") "crude" else "adjusted"
  s <- summary(coxph(as.formula(paste("y ~ factor(ecog)", adj)), d, ties = "efron")); say(paste0("arms_cox_", n), rbind(s$conf.int[1:2, c(1, 3, 4)]) |> t()); say(paste0("arms_p_", n), s$coefficients[1:2, 5]) }
