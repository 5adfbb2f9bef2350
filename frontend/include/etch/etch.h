#pragma once
// All of Etch.

#include "etch/compositions.h"
#include "etch/control_flow.h"
#include "etch/creation.h"
#include "etch/effects.h"
#include "etch/function.h"
#include "etch/gradient.h"
#include "etch/losses.h"
#include "etch/operand.h"
#include "etch/options.h"
#include "etch/ops.h"
#include "etch/policy.h"
#include "etch/random.h"
#include "etch/shaping.h"
#include "etch/structure.h"
#include "etch/tensor.h"
#include "etch/variable.h"
