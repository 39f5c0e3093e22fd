// The numbers of the step that is made: one entry of a table with one entry per step of a batch, chosen by dynamic offset.

#import numbers

@group(0) @binding(1) var<uniform> numbers: Numbers;
