"""Logistic regression with an L2 penalty, by Newton's method; no randomness."""

import numpy as np

from usermind.evals.probabilities import Bools, Floats


def logistic(x: Floats, y: Bools, penalty: Floats) -> Floats:
    """Return the weights, (features,); the loss is convex, so the answer is the only one.

    Args:
        x: (rows, features); a column of ones where there is to be a bias.
        y: (rows,), outcomes.
        penalty: (features,), of each squared weight, halved; 0 for a bias.
    """
    w = np.zeros(x.shape[1])

    def loss(at: Floats) -> float:
        z = x @ at
        return float(np.logaddexp(0, z).sum() - z[y].sum() + (penalty * at * at).sum() / 2)

    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        gradient = x.T @ (p - y) + penalty * w
        hessian = (x.T * (p * (1 - p))) @ x + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        while loss(w - step) > loss(w) and np.abs(step).max() > 1e-9:
            step = step / 2
        w = w - step
        if np.abs(step).max() < 1e-6:
            break
    return w
