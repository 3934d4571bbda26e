"""A contender of tests/bench/: the same training step in PyTorch.

Arguments: batch size, draws per datapoint, data dimension, hidden units, latent
dimension, threads (of the CPU; 0: on a CUDA device where PyTorch has one), mode:

    eager           operation by operation
    compiled        the loss and its gradient by torch.compile
    graph           the whole step captured as a CUDA graph
    compiled-graph  the compiled step captured

Reads batches (float32, [size, dim]) of stdin once, which then lie on the
device. Says in a line of JSON what it is, {"name"}, or why it cannot be,
{"missing"}. Then reads numbers of steps, one a line, and answers each with
milliseconds per step.
"""

import json
import sys
import time

import torch
from torch import nn

size, draws, data_dim, hidden, latent_dim, threads = map(int, sys.argv[1:7])
mode = sys.argv[7]
is_compiled, is_graph = "compiled" in mode, "graph" in mode
if threads > 0:
    torch.set_num_threads(threads)
device = "cuda" if threads == 0 and torch.cuda.is_available() else "cpu"
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


def say(answer):
    print(answer, flush=True)


def read_batches():
    raw = sys.stdin.buffer.read(int(sys.stdin.buffer.readline()))
    batches = torch.frombuffer(bytearray(raw), dtype=torch.float32)
    return list(batches.view(-1, size, data_dim).to(device))


def missing():
    if is_compiled and not hasattr(torch, "compile"):
        return "no torch.compile"
    if is_graph and device == "cpu":
        return "no CUDA device"
    return None


def step_of(batches):
    """The training step: takes x, gives the loss before the update."""
    model = Vae().to(device)
    options = {"fused": True} if device == "cuda" else {}
    optimizer = torch.optim.Adam(
        model.parameters(), lr=1e-3, **options, **({"capturable": True} if is_graph else {})
    )
    loss_of = torch.compile(model) if is_compiled else model

    def train(x):
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(x)
        loss.backward()
        optimizer.step()
        return loss.detach()

    if not is_graph:
        return train
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

    return replay


batches = read_batches()
why = missing()
if why is None:
    try:
        step = step_of(batches)
        step(batches[0]).item()
    except Exception as error:
        why = f"{type(error).__name__}: {error}".splitlines()[0]
name = f"PyTorch {torch.__version__}, {mode}, {device}"
say(json.dumps({"name": name} if why is None else {"name": name, "missing": why}))
done = 0
for line in sys.stdin.buffer if why is None else []:
    steps = int(line)
    start = time.perf_counter()
    losses = []
    for _ in range(steps):
        losses.append(step(batches[done % len(batches)]))
        done += 1
    # As ours, the terms of every step are read, in a block.
    if not torch.isfinite(torch.stack(losses)).all().item():
        sys.exit("PyTorch: a loss is not finite")
    say(1e3 * (time.perf_counter() - start) / steps)
