/** The columns that all runs have. */

/** First columns of train.csv, one row per step; per datapoint, in nats. */
export const TRAIN_COLUMNS = [
  "step",
  "samples_seen",
  "elbo",
  "reconstruction",
  "kl",
  "learning_rate",
] as const;

/** First columns of eval.csv; `kl_1` and on, one per latent dimension, follow. */
export const EVAL_COLUMNS = [
  "step",
  "samples_seen",
  "elbo",
  "reconstruction",
  "kl",
] as const;
