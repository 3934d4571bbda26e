/** The elementary functions over arrays, so that tests can see their errors. */

import {
  exp4,
  expMinusAbs4,
  expMinusOneMinus4,
  log1p4,
  log4,
  sigmoidOf4,
  sign4,
  softplus4,
  tanh4,
} from "./elementary";

export function expOf(from: usize, to: usize, count: i32): void {
  for (let i = 0; i < count; i += 4, from += 16, to += 16) {
    v128.store(to, exp4(v128.load(from)));
  }
}

export function log1pOf(from: usize, to: usize, count: i32): void {
  for (let i = 0; i < count; i += 4, from += 16, to += 16) {
    v128.store(to, log1p4(v128.load(from)));
  }
}

export function logOf(from: usize, to: usize, count: i32): void {
  for (let i = 0; i < count; i += 4, from += 16, to += 16) {
    v128.store(to, log4(v128.load(from)));
  }
}

export function signOf(from: usize, to: usize, count: i32): void {
  for (let i = 0; i < count; i += 4, from += 16, to += 16) {
    v128.store(to, sign4(v128.load(from)));
  }
}

export function softplusOf(from: usize, to: usize, count: i32): void {
  for (let i = 0; i < count; i += 4, from += 16, to += 16) {
    v128.store(to, softplus4(v128.load(from)));
  }
}

export function sigmoidOf(from: usize, to: usize, count: i32): void {
  for (let i = 0; i < count; i += 4, from += 16, to += 16) {
    const x = v128.load(from);
    v128.store(to, sigmoidOf4(x, expMinusAbs4(x)));
  }
}

export function tanhOf(from: usize, to: usize, count: i32): void {
  for (let i = 0; i < count; i += 4, from += 16, to += 16) {
    v128.store(to, tanh4(v128.load(from)));
  }
}

export function expMinusOneMinusOf(from: usize, to: usize, count: i32): void {
  for (let i = 0; i < count; i += 4, from += 16, to += 16) {
    v128.store(to, expMinusOneMinus4(v128.load(from)));
  }
}
