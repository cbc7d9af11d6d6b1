/** Rows × columns of float64, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

/** Rows × columns of float32, row-major: features as the graph gives them. */
export interface Features {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}
