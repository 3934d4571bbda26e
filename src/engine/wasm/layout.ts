/**
 * Numbers that the host and the module agree on. Both compile this file, so
 * it has nothing but constants.
 */

// Addresses of the control words, each in a cache line of its own
export const EPOCH = 0;
export const READY = 64;
export const ARRIVED = 128;
export const GENERATION = 192;
/** 1 once a worker failed */
export const FAILED = 196;

// Addresses of a step's settings: doubles
export const BETA = 256;
export const FREE_BITS = 264;
export const CAPACITY = 272;
// and floats
export const LEARNING_RATE = 280;
/** 1 / (1 - beta1^t) and 1 / (1 - beta2^t) of Adam */
export const UNBIAS_FIRST = 284;
export const UNBIAS_SECOND = 288;
/** 1 where the module makes x and the noise itself, 0 where they are given */
export const MAKES_BATCH = 292;
/** Five words of a Philox stream */
export const STREAM_BYTES = 20;
/** The streams of a batch's pixels and noise */
export const PIXEL_STREAM = 296;
export const NOISE_STREAM = 316;
/** 1 where the batch's rows are grey levels, bytes, else floats */
export const IS_BYTES = 344;
/** 1 where pixels are drawn from grey levels */
export const DRAWS_PIXELS = 336;
/** Addresses of the program's address, of its counters', and their stride */
export const PROGRAM = 340;
export const TAKEN = 348;
export const TAKEN_STRIDE = 352;
/** Of the dreams' z and pixels */
export const PRIOR_STREAM = 360;
export const DREAM_STREAM = 380;
/** Of the chains' momenta, and of what decides on acceptance */
export const MOMENTUM_STREAM = 400;
export const ACCEPTANCE_STREAM = 420;
/** The chains' step size, a float, which every step changes */
export const STEP_SIZE = 440;
/** Transitions done in this step */
export const TRANSITION = 444;
/** Doubles: log p(x|z) where chains began, and the sum of mean acceptances */
export const START_RECONSTRUCTION = 448;
export const ACCEPTANCE = 456;
/** 1 where a product's tiles are those that V8 makes 256-bit operations of */
export const WIDE = 464;
/** 24 words for each thread, in cache lines of its own */
export const SCRATCH = 512;
export const SCRATCH_BYTES = 128;
export const MOST_THREADS = 64;
/** More workers than a program can have: the sign to end */
export const END_OF_WORKERS = 255;
/** First free address, behind the constants of the module */
export const FREE = 16384;

// A command: its opcode, its number of tasks, whether all threads wait for
// each other after it, and its arguments.
export const COMMAND_BYTES = 128;
export const OPCODE = 0;
export const TASKS = 4;
export const JOINS = 8;
export const ARGUMENTS = 16;

// Behind a program each thread has its counters of tasks taken, one for each
// command, in cache lines of its own.
export const COUNTER_BYTES = 4;
export const COUNTERS_ALIGNMENT = 128;

/** The opcode behind the last command */
export const END = 0;

// What is done to a tile of a product
/** its sums go on in another product */
export const UNFINISHED = -1;
// or, when its sums are complete
export const STORE = 0;
export const ADD_BIAS = 1;
export const ADD_BIAS_TANH = 2;
export const ADD_BIAS_RELU = 3;
export const ADD_BIAS_SOFTPLUS = 4;
export const TIMES_DERIVATIVE_TANH = 5;
export const TIMES_DERIVATIVE_RELU = 6;
export const TIMES_DERIVATIVE_SOFTPLUS = 7;

// Sizes that tasks are cut to
/** rows of a product's tile, and floats across it */
export const TILE_ROWS = 5;
export const TILE_COLUMNS = 8;
/** floats across a panel of a product's second operand: those of two tiles */
export const PANEL_COLUMNS = 16;
/** tiles of a task, down and across */
export const TASK_TILES_DOWN = 8;
export const TASK_TILES_ACROSS = 4;
/** rows of a sparse product's task, and floats across it */
export const SPARSE_ROWS = 16;
export const SPARSE_COLUMNS = 64;
/** rows of a batch made or listed by one task */
export const BATCH_ROWS = 4;
/** columns listed by one task */
export const LIST_WIDTH = 16;
/** normals, or uniforms, made by one task */
export const NUMBERS_PER_TASK = 512;
/** datapoints whose draws are made by one task */
export const INFER_ROWS = 8;
/** rows of the decoder, or chains, that one task works on */
export const LIKELIHOOD_ROWS = 4;
/** columns summed by one task */
export const SUM_WIDTH = 32;
/** parameters updated by one task */
export const UPDATE_SIZE = 8192;
