# Rscript matchit.R (in this folder): pairs of ../effects/effects.csv by the logit of the propensity
# score. R 4.2.2, MatchIt 4.5.1, clue 0.3-64. The score is both `distance` (of order and caliper) and
# the only one of `mahvars`: so MatchIt takes the path that compares numbers. Its other path
# compares them without their decimals (issue 163 of MatchIt, mended in 4.5.4): of scores that are a
# hundred million times as large it gives the same pairs ("fast").
source("../followup/values.R"); suppressMessages({library(MatchIt); library(clue)}); open_values("matchit")
d <- read.csv("../effects/effects.csv")
d$score <- qlogis(fitted(glm(group ~ age + karno + wt, binomial, d, control = glm.control(epsilon = 1e-14))))
arms <- list(women = d$group, men = 1 - d$group) # whose controls are looked for: 86 of 126, 126 of 86
calipers <- list(none = NULL, near = 0.2)
pairs <- function(f) matrix(as.integer(f$match.matrix), nrow(f$match.matrix))
smd <- function(x, a, w) { # of the matched, by their own standard deviations
  of <- function(k) cov.wt(cbind(x[a == k]), w[a == k]); v <- c(of(0)$cov, of(1)$cov)
  (of(1)$center - of(0)$center) / sqrt(mean(v)) }
balance <- function(name, f) {
  m <- match.data(f); vars <- c("age", "karno", "wt")
  say(paste0("smd_", name), sapply(vars, function(v) smd(m[[v]], m$g, m$weights)))
  # MatchIt's own: by the standard deviation of the treated before matching
  say(paste0("matchit_smd_", name), summary(f, standardize = TRUE)$sum.matched[vars, "Std. Mean Diff."]) }
for (arm in names(arms)) for (cal in names(calipers)) for (ratio in 1:2) for (order in c("largest", "data")) {
  d$g <- arms[[arm]]; name <- paste(arm, cal, ratio, order, sep = "_")
  f <- matchit(g ~ age + karno + wt, d, distance = d$score, mahvars = ~score, m.order = order, ratio = ratio, caliper = calipers[[cal]])
  say(paste0("nearest_", name), pairs(f) - 1) # row of the first control of each, then of the second
  if (order == "largest") balance(name, f) }
d$g <- d$group
say("fast", pairs(matchit(g ~ age, d, distance = 1e8 * d$score, caliper = 0.2)) - 1)
# --- optimal: the Hungarian algorithm of clue (matchit(method = "optimal") needs optmatch, which
# Debian has not). What the rows are assigned to costs more the less it is wanted: a first control of
# somebody the gap, a second one a thousand more, no control a hundred thousand, what is beyond the
# caliper ten million.
for (arm in names(arms)) for (cal in names(calipers)) for (ratio in 1:2) {
  g <- arms[[arm]]; case <- rep(which(g == 1), each = ratio); control <- which(g == 0)
  cost <- gap <- abs(outer(d$score[case], d$score[control], "-"))
  cost <- cost + 1e3 * (seq_along(case) %% ratio)
  if (cal != "none") cost[gap > calipers[[cal]] * sd(d$score)] <- 1e7
  # nobody has to be assigned: as many who stand for "no control"
  cost <- rbind(cbind(cost, matrix(1e5, length(case), length(case))), matrix(0, length(control), length(case) + length(control)))
  at <- as.integer(solve_LSAP(cost))[seq_along(case)]; got <- at <= length(control)
  name <- paste(arm, cal, ratio, sep = "_"); taken <- control[at[got]]
  say(paste0("optimal_sum_", name), sum(gap[cbind(which(got), at[got])]))
  say(paste0("optimal_control_", name), sort(taken) - 1); say(paste0("optimal_treated_", name), case[got] - 1) }
