# Rscript arms.R (in this folder): baseline values, response and adverse events of three and four
# arms, of ../effects/effects.csv by ecog. R 4.2.2.
source("../followup/values.R"); open_values("arms")
d <- read.csv("../effects/effects.csv"); d <- d[!is.na(d$ecog), ]
d$old <- d$age >= 65; d$karnof <- cut(d$karno, c(0, 70, 80, 100)); d$more <- d$ecog + (d$inst > 12 & d$ecog == 1) * 2
smd <- function(x, y) (mean(y) - mean(x)) / sqrt((var(x) + var(y)) / 2)
for (arms in c("ecog", "more")) { g <- d[[arms]]; k <- sort(unique(g))
  for (v in c("age", "karno", "wt")) { t <- kruskal.test(d[[v]], g); say(paste(arms, v, "kruskal", sep = "_"), c(t$statistic, t$p.value))
    x <- split(d[[v]], g); say(paste(arms, v, "smd", sep = "_"), combn(length(x), 2, function(i) smd(na.omit(x[[i[1]]]), na.omit(x[[i[2]]])))) }
  for (v in c("old", "karnof")) { t <- table(d[[v]], g); c2 <- suppressWarnings(chisq.test(t, correct = FALSE))
    say(paste(arms, v, "chisq", sep = "_"), c(c2$statistic, c2$p.value)); say(paste(arms, v, "fisher", sep = "_"), fisher.test(t, workspace = 2e8)$p.value) }
  t <- table(g, d$old) # a response: rates with exact limits, all arms, every pair
  say(paste(arms, "rates", sep = "_"), apply(t, 1, function(r) { b <- binom.test(r[2], sum(r)); c(b$estimate, b$conf.int) }))
  p <- combn(length(k), 2, function(i) { s <- t[i, ]; e <- outer(rowSums(s), colSums(s)) / sum(s)
    if (any(e < 5)) fisher.test(s)$p.value else chisq.test(s, correct = FALSE)$p.value })
  say(paste(arms, "pairs", sep = "_"), p); for (m in c("holm", "BH")) say(paste(arms, "pairs", m, sep = "_"), p.adjust(p, m)) }
