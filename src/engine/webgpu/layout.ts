/**
 * Numbers that the host and the kernels agree on. Offsets count words of four
 * bytes.
 */

// The bindings of every kernel
export const MATRICES = 0;
export const VALUES = 1;
export const GRADIENTS = 2;
export const STATE = 3;
export const TERMS = 4;
export const COMMANDS = 5;
export const STEPS = 6;
export const DATA = 7;
/** how many they are: no more than every WebGPU adapter has */
export const BINDINGS = 8;

// The settings of a step: words of each live run
/** which arguments of each dispatch are its */
export const RUN = 0;
/** row of the log that the terms go to */
export const LOG_ROW = 1;
/** 1 where x and the noise are made by the kernels, 0 where they are given */
export const MAKES_BATCH = 2;
/** 1 where pixels are drawn from grey levels */
export const DRAWS_PIXELS = 3;
/** 1 where the data are grey levels, bytes, else floats */
export const IS_BYTES = 4;
/** Philox streams, five words each */
export const PIXEL_STREAM = 5;
export const NOISE_STREAM = 10;
/** of the dreams' z, and of their pixels */
export const PRIOR_STREAM = 24;
export const DREAM_STREAM = 29;
// floats
export const BETA = 15;
/** the lowest of all floats where there are no free bits */
export const FREE_BITS = 16;
export const CAPACITY = 17;
/** 1 where there is a capacity, else 0 */
export const HAS_CAPACITY = 18;
export const LEARNING_RATE = 19;
/** 1 / (1 - beta1^t) and 1 / (1 - beta2^t) of Adam */
export const UNBIAS_FIRST = 20;
export const UNBIAS_SECOND = 21;
/** the rows of the data that the batch is made of; of draws their streams */
export const ROWS = 34;
/** Words of a stream: its key, and its counter without the block. */
export const STREAM_WORDS = 5;

/** Words before the data: the float that each grey level stands for. */
export const GREY_LEVELS = 256;

/** The most steps of a submit. */
export const MOST_STEPS = 64;

/** Rows of terms that a run's log holds; they are read in blocks of half. */
export const LOG_ROWS = 2048;
/** reconstruction, kl, objective, bound of IWAE */
export const LOG_COLUMNS = 4;

/** Sources that a product's job has room for. */
export const MOST_SOURCES = 2;

/** Invocations of a workgroup in kernels without tiles. */
export const WORKGROUP = 64;

/**
 * Words between the beginnings of two parameters: tfjs binds each by itself,
 * at multiples of 256 bytes.
 */
export const ALIGNMENT = 64;

/** `n` up to the next multiple of `unit`. */
export function roundUp(n: number, unit: number): number {
  return Math.ceil(n / unit) * unit;
}
