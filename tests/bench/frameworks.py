"""Contenders of the benchmark: the same training step in PyTorch and in JAX.

Arguments: torch or jax; mode; batch size, draws per datapoint, data dimension,
hidden units, latent dimension; threads (of the CPU; 0: on a GPU where the
framework has one). Modes of torch:

    eager           operation by operation
    compiled        the loss and its gradient by torch.compile
    graph           the whole step captured as a CUDA graph
    compiled-graph  the compiled step captured

of jax: eager, and compiled, the whole step by jax.jit, which XLA may make a
CUDA graph of. Products have float32's precision, as all others have.

Reads batches (float32, [size, dim]) of stdin once, which then lie on the
device. Says {"name"} in a line of JSON after a first step, or {"missing"}: why
there is none. Then reads numbers of steps, one a line, and answers each with
milliseconds, {"wall", "cpu"}, of all of them.
"""

import json
import math
import os
import sys
import time

size, draws, data_dim, hidden, latent_dim, threads = map(int, sys.argv[3:9])
framework, mode = sys.argv[1:3]
is_compiled, is_graph = "compiled" in mode, "graph" in mode
RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-8


def torch_step(raw):
    """Takes x, gives the loss before the update."""
    import torch
    from torch import nn

    if threads > 0:
        torch.set_num_threads(threads)
    device = "cuda" if threads == 0 and torch.cuda.is_available() else "cpu"
    if is_compiled and not hasattr(torch, "compile"):
        raise RuntimeError("no torch.compile")
    if is_graph and device == "cpu":
        raise RuntimeError("no CUDA device")
    torch.manual_seed(0)

    class Vae(nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = nn.Linear(data_dim, hidden)
            self.mean = nn.Linear(hidden, latent_dim)
            self.log_variance = nn.Linear(hidden, latent_dim)
            self.decoder = nn.Linear(latent_dim, hidden)
            self.output = nn.Linear(hidden, data_dim)

        def forward(self, x):
            h = torch.tanh(self.hidden(x))
            mean, log_variance = self.mean(h), self.log_variance(h)
            noise = torch.randn(draws, size, latent_dim, device=x.device)
            z = mean + torch.exp(0.5 * log_variance) * noise
            logits = self.output(torch.tanh(self.decoder(z)))
            reconstruction = -nn.functional.binary_cross_entropy_with_logits(
                logits, x.expand_as(logits), reduction="sum"
            ) / (draws * size)
            kl = 0.5 * (log_variance.exp() + mean**2 - 1 - log_variance).sum() / size
            return kl - reconstruction

    model = Vae().to(device)
    options = {"fused": True} if device == "cuda" else {}
    if is_graph:
        options["capturable"] = True
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, **options)
    loss_of = torch.compile(model) if is_compiled else model

    def train(x):
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(x)
        loss.backward()
        optimizer.step()
        return loss.detach()

    def read(losses):
        return torch.stack(losses).tolist()

    values = torch.frombuffer(bytearray(raw), dtype=torch.float32)
    batches = list(values.view(-1, size, data_dim).to(device))
    name = f"PyTorch {torch.__version__}, {mode}, {device}"
    if not is_graph:
        return name, batches, train, read
    # After https://pytorch.org/docs/stable/notes/cuda.html#whole-network-capture
    own_x = batches[0].clone()
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            train(own_x)
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        own_loss = train(own_x)

    def replay(x):
        own_x.copy_(x)
        graph.replay()
        return own_loss.clone()

    # A graph has addresses alone: without this the parameters and Adam's state
    # would be freed here, and their memory given to others.
    replay.keeps = (model, optimizer, loss_of)
    return name, batches, replay, read


def jax_step(raw):
    """Takes x, gives the loss before the update."""
    # Others are on the same GPU.
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    import jax
    import jax.numpy as jnp
    import numpy as np

    # JAX's own default on GPUs is TF32.
    jax.config.update("jax_default_matmul_precision", "highest")
    layers = {
        "hidden": (data_dim, hidden),
        "mean": (hidden, latent_dim),
        "log_variance": (hidden, latent_dim),
        "decoder": (latent_dim, hidden),
        "output": (hidden, data_dim),
    }
    keys = jax.random.split(jax.random.key(0), len(layers))
    parameters = {
        layer: {
            "weight": jax.random.normal(own, shape) / math.sqrt(shape[0]),
            "bias": jnp.zeros(shape[1]),
        }
        for own, (layer, shape) in zip(keys, layers.items())
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

    def update(state, x):
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
            *(parameters, first, second),
        )
        return (parameters, first, second, step, key), value

    zeros = lambda: jax.tree.map(jnp.zeros_like, parameters)
    state = (parameters, zeros(), zeros(), jnp.float32(0), jax.random.key(1))
    compiled = jax.jit(update, donate_argnums=0) if is_compiled else update

    def train(x):
        nonlocal state
        state, value = compiled(state, x)
        return value

    name = f"JAX {jax.__version__}, {mode}, {jax.default_backend()}"
    values = np.frombuffer(raw, dtype=np.float32).reshape(-1, size, data_dim)
    return name, [jnp.asarray(x) for x in values], train, jax.device_get


def say(**answer):
    print(json.dumps(answer), flush=True)


raw = sys.stdin.buffer.read(int(sys.stdin.buffer.readline()))
try:
    step_of = {"torch": torch_step, "jax": jax_step}[framework]
    name, batches, train, read = step_of(raw)
    read([train(batches[0])])
except Exception as error:
    say(missing=f"{type(error).__name__}: {error}".splitlines()[0])
    sys.exit()
say(name=name)
done = 0
for line in sys.stdin.buffer:
    wall, cpu = time.perf_counter(), time.process_time()
    losses = []
    for _ in range(int(line)):
        losses.append(train(batches[done % len(batches)]))
        done += 1
    # As ours, the terms of every step are read, in a block.
    if not all(math.isfinite(loss) for loss in read(losses)):
        say(missing="a loss is not finite")
        sys.exit()
    say(
        wall=1e3 * (time.perf_counter() - wall),
        cpu=1e3 * (time.process_time() - cpu),
    )
