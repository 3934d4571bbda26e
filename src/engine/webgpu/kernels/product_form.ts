/**
 * The three products of a layer with weights W, input A and G, the gradient of
 * its output:
 *
 * - `affine`: activation(A W + bias);
 * - `input-gradient`: sum over layers of G W', times activation';
 * - `layer-gradient`: A' G, and below it the bias's, the sum of G's rows.
 */
export type ProductForm = "affine" | "input-gradient" | "layer-gradient";
