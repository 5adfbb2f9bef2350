// One training step of a network with 2 inputs, 16 hidden units and 1 output. Written by hand; ConcreteFunction::save
// writes files like it. The variables are arguments with etch.kind = "variable" and results with etch.updates.

func.func private @loss(%w1: tensor<2x16xf32>, %b1: tensor<16xf32>, %w2: tensor<16x1xf32>, %b2: tensor<1xf32>,
                        %x: tensor<64x2xf32>, %y: tensor<64x1xf32>) -> tensor<f32> {
  %0 = etch.dot_general %x, %w1 batch = [] x [] contract = [1] x [0] : (tensor<64x2xf32>, tensor<2x16xf32>) -> tensor<64x16xf32>
  %1 = etch.broadcast_in_dim %b1 shape = [64, 16] dims = [1] : (tensor<16xf32>) -> tensor<64x16xf32>
  %2 = etch.add %0, %1 : tensor<64x16xf32>
  %3 = etch.tanh %2 : tensor<64x16xf32>
  %4 = etch.dot_general %3, %w2 batch = [] x [] contract = [1] x [0] : (tensor<64x16xf32>, tensor<16x1xf32>) -> tensor<64x1xf32>
  %5 = etch.broadcast_in_dim %b2 shape = [64, 1] dims = [1] : (tensor<1xf32>) -> tensor<64x1xf32>
  %6 = etch.add %4, %5 : tensor<64x1xf32>
  %7 = etch.sub %6, %y : tensor<64x1xf32>
  %8 = etch.square %7 : tensor<64x1xf32>
  %9 = etch.reduce_sum %8 axes = [0, 1] : (tensor<64x1xf32>) -> tensor<f32>
  %n = etch.constant dense<64.0> : tensor<f32>
  %10 = etch.div %9, %n : tensor<f32>
  return %10 : tensor<f32>
}

func.func @train_step(
    %x: tensor<64x2xf32> {etch.name = "x"}, %y: tensor<64x1xf32> {etch.name = "y"}, %rate: tensor<f32> {etch.name = "rate"},
    %w1: tensor<2x16xf32> {etch.name = "w1", etch.kind = "variable", etch.initial_value = dense<
      [[-0.524, 0.088, -0.260, 0.208, 0.251, -0.869, -0.974, 0.675, -0.481, -0.531, 0.991, -0.059, 0.673, -0.047, 0.278, -0.699],
       [0.270, 0.736, 0.046, 0.483, 0.343, -0.872, 0.516, 0.182, -0.397, -0.938, 0.731, -0.055, 0.438, 0.758, 0.428, 0.842]]> : tensor<2x16xf32>},
    %b1: tensor<16xf32> {etch.name = "b1", etch.kind = "variable", etch.initial_value = dense<0.0> : tensor<16xf32>},
    %w2: tensor<16x1xf32> {etch.name = "w2", etch.kind = "variable", etch.initial_value = dense<
      [[-0.105], [0.301], [-0.055], [0.436], [0.379], [-0.403], [-0.364], [-0.283], [0.465], [-0.064], [0.127], [-0.199], [0.007], [-0.114], [-0.149], [0.085]]> : tensor<16x1xf32>},
    %b2: tensor<1xf32> {etch.name = "b2", etch.kind = "variable", etch.initial_value = dense<0.0> : tensor<1xf32>})
    -> (tensor<f32> {etch.name = "loss"}, tensor<2x16xf32> {etch.updates = 3 : i64}, tensor<16xf32> {etch.updates = 4 : i64},
        tensor<16x1xf32> {etch.updates = 5 : i64}, tensor<1xf32> {etch.updates = 6 : i64}) {
  %one = etch.constant dense<1.0> : tensor<f32>
  %0:5 = etch.vjp @loss(%w1, %b1, %w2, %b2, %x, %y) cotangents(%one) wrt = [0, 1, 2, 3]
      : (tensor<2x16xf32>, tensor<16xf32>, tensor<16x1xf32>, tensor<1xf32>, tensor<64x2xf32>, tensor<64x1xf32>, tensor<f32>)
      -> (tensor<f32>, tensor<2x16xf32>, tensor<16xf32>, tensor<16x1xf32>, tensor<1xf32>)
  %rw1 = etch.broadcast_in_dim %rate shape = [2, 16] dims = [] : (tensor<f32>) -> tensor<2x16xf32>
  %sw1 = etch.mul %0#1, %rw1 : tensor<2x16xf32>
  %nw1 = etch.sub %w1, %sw1 : tensor<2x16xf32>
  %rb1 = etch.broadcast_in_dim %rate shape = [16] dims = [] : (tensor<f32>) -> tensor<16xf32>
  %sb1 = etch.mul %0#2, %rb1 : tensor<16xf32>
  %nb1 = etch.sub %b1, %sb1 : tensor<16xf32>
  %rw2 = etch.broadcast_in_dim %rate shape = [16, 1] dims = [] : (tensor<f32>) -> tensor<16x1xf32>
  %sw2 = etch.mul %0#3, %rw2 : tensor<16x1xf32>
  %nw2 = etch.sub %w2, %sw2 : tensor<16x1xf32>
  %rb2 = etch.broadcast_in_dim %rate shape = [1] dims = [] : (tensor<f32>) -> tensor<1xf32>
  %sb2 = etch.mul %0#4, %rb2 : tensor<1xf32>
  %nb2 = etch.sub %b2, %sb2 : tensor<1xf32>
  return %0#0, %nw1, %nb1, %nw2, %nb2
      : tensor<f32>, tensor<2x16xf32>, tensor<16xf32>, tensor<16x1xf32>, tensor<1xf32>
}
