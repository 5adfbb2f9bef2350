#pragma once
// All of Etch.

#include "etch/compositions.h"
#include "etch/creation.h"
#include "etch/operand.h"
#include "etch/ops.h"
#include "etch/policy.h"
#include "etch/shaping.h"
#include "etch/tensor.h"
#include "etch/variable.h"
