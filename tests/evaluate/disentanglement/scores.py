"""Values for scores_test.ts: python3 tests/evaluate/disentanglement/scores.py"""

import numpy as np
from sklearn.metrics import mutual_info_score
from sklearn.linear_model import Lasso
n = 1000
i = np.arange(n)
weyl = lambda k: (i * np.sqrt(k)) % 1
v = [weyl(2), weyl(3), np.floor(3 * weyl(5))]
z = np.stack([v[0] + 0.3 * v[1], 2 * v[1] ** 3 + v[2], v[2] - 0.5 * v[0] + weyl(7)], 1)
def digit(a, bins):
    return np.minimum(bins - 1, np.digitize(a, np.histogram(a, bins)[1][:-1]) - 1)
b = [digit(v[0], 10), digit(v[1], 10), v[2].astype(int)]
m = np.array([[mutual_info_score(digit(z[:, j], 20), f) for f in b] for j in range(3)])
h = np.array([mutual_info_score(f, f) for f in b])
s = np.sort(m, 0)
print("m", m.tolist())
print("mig", np.mean((s[-1] - s[-2]) / h))
theta = m.max(1)
t = np.where(m == theta[:, None], m, 0)
print("mod", np.mean(1 - ((m - t) ** 2).sum(1) / (theta ** 2 * 2)))
r2 = np.array([[np.corrcoef(z[:, j], f)[0, 1] ** 2 for f in v[:2]] for j in range(3)])
def acc(x, y):
    # 3 intervals: all pairs of thresholds at the 1000 midpoints, by cumulative sums
    o = np.argsort(x, kind="stable"); xs = x[o]
    c = np.zeros((n + 1, 3))
    for k in range(3): c[1:, k] = np.cumsum(y[o] == k) / (y == k).sum()
    ok = np.concatenate([[True], xs[1:] != xs[:-1], [True]])
    cut = np.nonzero(ok)[0]
    best = 0
    for a in cut:
        first = c[a].max()
        rest = cut[cut >= a]
        mid = (c[rest] - c[a]).max(1); last = (c[n] - c[rest]).max(1)
        best = max(best, (first + mid + last).max())
    return best / 3
a = np.array([acc(z[:, j], v[2]) for j in range(3)])
p = np.concatenate([r2, a[:, None]], 1)
ps = np.sort(p, 0)
print("p", p.tolist()); print("sap", np.mean(ps[-1] - ps[-2]))
# DCI
f, c = 600, 800
X = (z - z[:f].mean(0)) / z[:f].std(0)
pen = [10 ** (-k / 5) for k in range(16)]
def reg(y):
    sc = y[:f].var()
    Y = (y - y[:f].mean()) / y[:f].std()
    most = np.abs(X[:f].T @ Y[:f] / f).max()
    best = None
    for q in pen:
        w = Lasso(alpha=q * most, fit_intercept=False, tol=1e-12, max_iter=100000).fit(X[:f], Y[:f]).coef_
        e = np.mean((Y[f:c] - X[f:c] @ w) ** 2)
        if best is None or e < best[0]: best = (e, w)
    w = best[1]
    return np.abs(w), sc * np.mean((Y[c:] - X[c:] @ w) ** 2), sc * Y[c:].var()
R, I = [], []
for y in [[v[0]], [v[1]], [(v[2] == k).astype(float) for k in range(3)]]:
    out = [reg(q) for q in y]
    R.append(np.mean([o[0] for o in out], 0)); I.append(1 - sum(o[1] for o in out) / sum(o[2] for o in out))
R = np.array(R).T
def conc(q): 
    q = q / q.sum(); q = q[q > 0]; return 1 + (q * np.log(q)).sum() / np.log(3)
print("R", R.tolist())
print("D", sum(conc(R[j]) * R[j].sum() / R.sum() for j in range(3)), "C", np.mean([conc(R[:, k]) for k in range(3)]), "I", np.mean(np.maximum(0, I)))
