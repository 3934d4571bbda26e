"""A contender of tests/bench/gpu/: the same training step in JAX.

Arguments, input and output are those of tests/bench/torch_step.py, but for the
modes: eager, operation by operation, and compiled, the whole step by jax.jit,
which XLA may make a CUDA graph of. Products have float32's precision, as all
others have: JAX's own default on GPUs is TF32.
"""

import json
import os
import sys
import time

# Others are on the same GPU.
os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"

import jax
import jax.numpy as jnp
import numpy as np

size, draws, data_dim, hidden, latent_dim, _ = map(int, sys.argv[1:7])
mode = sys.argv[7]
jax.config.update("jax_default_matmul_precision", "highest")

RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-8
LAYERS = {
    "hidden": (data_dim, hidden),
    "mean": (hidden, latent_dim),
    "log_variance": (hidden, latent_dim),
    "decoder": (latent_dim, hidden),
    "output": (hidden, data_dim),
}


def initial(key):
    keys = jax.random.split(key, len(LAYERS))
    return {
        layer: {
            "weight": jax.random.normal(own, shape) / np.sqrt(shape[0]),
            "bias": jnp.zeros(shape[1]),
        }
        for own, (layer, shape) in zip(keys, LAYERS.items())
    }


def loss(parameters, x, key):
    def affine(inputs, layer):
        return inputs @ parameters[layer]["weight"] + parameters[layer]["bias"]

    h = jnp.tanh(affine(x, "hidden"))
    mean, log_variance = affine(h, "mean"), affine(h, "log_variance")
    noise = jax.random.normal(key, (draws, size, latent_dim))
    z = mean + jnp.exp(0.5 * log_variance) * noise
    logits = affine(jnp.tanh(affine(z, "decoder")), "output")
    reconstruction = (x * logits - jax.nn.softplus(logits)).sum() / (draws * size)
    kl = 0.5 * (jnp.exp(log_variance) + mean**2 - 1 - log_variance).sum() / size
    return kl - reconstruction


def train(state, x):
    """One update of Adam, with the loss before it."""
    parameters, first, second, step, key = state
    key, own = jax.random.split(key)
    value, gradients = jax.value_and_grad(loss)(parameters, x, own)
    step = step + 1
    first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, gradients)
    second = jax.tree.map(
        lambda v, g: BETA2 * v + (1 - BETA2) * g * g, second, gradients
    )
    rate, unbias = RATE / (1 - BETA1**step), 1 / (1 - BETA2**step)
    parameters = jax.tree.map(
        lambda p, m, v: p - rate * m / (jnp.sqrt(v * unbias) + EPSILON),
        parameters,
        first,
        second,
    )
    return (parameters, first, second, step, key), value


def read_batches():
    raw = sys.stdin.buffer.read(int(sys.stdin.buffer.readline()))
    batches = np.frombuffer(raw, dtype=np.float32).reshape(-1, size, data_dim)
    return [jnp.asarray(x) for x in batches]


batches = read_batches()
parameters = initial(jax.random.key(0))
zeros = lambda: jax.tree.map(jnp.zeros_like, parameters)
state = (parameters, zeros(), zeros(), jnp.float32(0), jax.random.key(1))
step = jax.jit(train, donate_argnums=0) if mode == "compiled" else train
name = f"JAX {jax.__version__}, {mode}, {jax.default_backend()}"
try:
    state, value = step(state, batches[0])
    value.block_until_ready()
except Exception as error:
    why = f"{type(error).__name__}: {error}".splitlines()[0]
    print(json.dumps({"name": name, "missing": why}), flush=True)
    sys.exit()
print(json.dumps({"name": name}), flush=True)
done = 0
for line in sys.stdin.buffer:
    steps = int(line)
    start = time.perf_counter()
    losses = []
    for _ in range(steps):
        state, value = step(state, batches[done % len(batches)])
        losses.append(value)
        done += 1
    # As ours, the terms of every step are read, in a block.
    if not np.isfinite(jax.device_get(losses)).all():
        sys.exit("JAX: a loss is not finite")
    print(1e3 * (time.perf_counter() - start) / steps, flush=True)
