"""A contender of tests/bench/step.ts: the same training step in PyTorch.

Arguments: batch size, draws per datapoint, data dimension, hidden units, latent
dimension, threads. Reads batches (float32, [size, dim]) of stdin once, then
numbers of steps, one a line, and answers each with milliseconds per step.
"""

import sys
import time

import torch
from torch import nn

size, draws, data_dim, hidden, latent_dim, threads = map(int, sys.argv[1:])
torch.set_num_threads(threads)
torch.manual_seed(0)


class Vae(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(data_dim, hidden)
        self.mean = nn.Linear(hidden, latent_dim)
        self.log_variance = nn.Linear(hidden, latent_dim)
        self.decoder = nn.Linear(latent_dim, hidden)
        self.output = nn.Linear(hidden, data_dim)

    def loss(self, x):
        h = torch.tanh(self.hidden(x))
        mean, log_variance = self.mean(h), self.log_variance(h)
        noise = torch.randn(draws, size, latent_dim)
        z = mean + torch.exp(0.5 * log_variance) * noise
        logits = self.output(torch.tanh(self.decoder(z)))
        reconstruction = -nn.functional.binary_cross_entropy_with_logits(
            logits, x.expand_as(logits), reduction="sum"
        ) / (draws * size)
        kl = 0.5 * (log_variance.exp() + mean**2 - 1 - log_variance).sum() / size
        return kl - reconstruction


bytes_of_batches = int(sys.stdin.buffer.readline())
raw = sys.stdin.buffer.read(bytes_of_batches)
batches = torch.frombuffer(bytearray(raw), dtype=torch.float32)
batches = batches.view(-1, size, data_dim)

model = Vae()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
step = 0
for line in sys.stdin.buffer:
    steps = int(line)
    start = time.perf_counter()
    for _ in range(steps):
        optimizer.zero_grad(set_to_none=True)
        loss = model.loss(batches[step % len(batches)])
        loss.backward()
        optimizer.step()
        # As ours, the terms of every step are read.
        loss.item()
        step += 1
    print(1e3 * (time.perf_counter() - start) / steps, flush=True)
