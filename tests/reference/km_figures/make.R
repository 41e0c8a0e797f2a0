# Kaplan-Meier figures drawn by R from data.csv (simulated), to be read back.
#   cd tests/reference/km_figures && Rscript make.R
library(survival)
d <- read.csv("data.csv")
f <- survfit(Surv(time, event) ~ arm, d)
pdf("base.pdf", 5, 4); plot(f, col = 1:2, mark.time = TRUE, xlim = c(0, 40)); dev.off()
suppressMessages(library(survminer))
pdf("survminer.pdf", 6, 5, onefile = FALSE); print(ggsurvplot(f, data = d, risk.table = TRUE)); dev.off()
# as SVG whose text is kept (svg() draws text as shapes, which are refused)
svglite::svglite("base.svg", 5, 4, fix_text_size = TRUE)
plot(f, mark.time = TRUE, xlim = c(0, 40)); dev.off()
svglite::svglite("survminer.svg", 6, 5); print(ggsurvplot(f, data = d, risk.table = TRUE)); dev.off()
